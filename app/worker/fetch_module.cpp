#include "app/worker/fetch_module.h"

#include "core/base/locations.h"

#include <QCoreApplication>
#include <QLibrary>

namespace athanor::worker {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

class FetchHandler final : public job::Handler {
public:
    explicit FetchHandler(QString kind) : m_kind(std::move(kind)) {}
    QString kind() const override { return m_kind; }

    Result<QJsonObject> run(job::Context &context) override
    {
        QLibrary library(moduleFolder() + QStringLiteral("/libathanor_fetch.so"));
        using AddHandlers = void (*)(job::HandlerTable *);
        const auto add = reinterpret_cast<AddHandlers>(library.resolve("athanorAddFetchHandlers"));
        if (!add)
            return fail(ErrorCode::External, tr("The part that downloads could not be loaded."), tr("Install Athanor again."), library.errorString());
        job::HandlerTable loaded;
        add(&loaded);
        return loaded.find(m_kind)->run(context);
    }

private:
    QString m_kind;
};

}  // namespace

std::unique_ptr<job::Handler> makeFetchHandler(const QString &kind)
{
    return std::make_unique<FetchHandler>(kind);
}

}  // namespace athanor::worker
