#include "plugins/filter/length/length.h"

#include "core/base/format.h"
#include "core/text/segment.h"
#include "core/text/utf8.h"

#include <QCoreApplication>

namespace athanor::corpus {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

qint64 wordCount(const DocumentView &document)
{
    static const QStringList unspaced{QStringLiteral("zh"), QStringLiteral("ja"), QStringLiteral("th")};
    if (unspaced.contains(document.language))
        return text::characterCount(document.text) / 2;
    return static_cast<qint64>(text::words(document.text).size());
}

class LengthRun final : public FilterRun {
public:
    LengthRun(qint64 least, qint64 most) : m_least(least), m_most(most) {}

    Signals measure(const DocumentView &document) const override
    {
        return {{QStringLiteral("words"), static_cast<double>(wordCount(document))}};
    }

    Judgement judge(const Signals &measured, const Signals &) const override
    {
        const auto words = static_cast<qint64>(measured.value(QStringLiteral("words")));
        if (words < m_least)
            return {false, QStringLiteral("short"), tr("Too short"), tr("%1 words (at least %2)").arg(formatInteger(words), formatInteger(m_least))};
        if (m_most > 0 && words > m_most)
            return {false, QStringLiteral("long"), tr("Too long"), tr("%1 words (at most %2)").arg(formatInteger(words), formatInteger(m_most))};
        return {};
    }

private:
    qint64 m_least, m_most;
};

}  // namespace

Result<std::unique_ptr<FilterRun>> LengthFilter::start(const QJsonObject &settings) const
{
    const qint64 least = settings.value(QLatin1String("least_words")).toInteger(20);
    const qint64 most = settings.value(QLatin1String("most_words")).toInteger(0);
    if (most > 0 && most < least)
        return fail(ErrorCode::InvalidInput, tr("At most %1 words and at least %2 leaves nothing.").arg(most).arg(least),
                    tr("Raise the limit, or set it to 0."));
    return std::make_unique<LengthRun>(least, most);
}

}  // namespace athanor::corpus
