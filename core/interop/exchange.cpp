// Finding and opening a family's exchange file. Thread: see the header.
#include "core/interop/exchange.h"

#include "core/base/atomic_file.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QJsonArray>

namespace athanor::interop {
namespace {

constexpr int kExchangeFormat = 1;

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

QString fileOf(const plugin::Metadata &family)
{
    return QFileInfo(family.file).dir().filePath(QStringLiteral("exchange/%1.json").arg(family.id));
}

Result<QJsonObject> readExchange(const plugin::Metadata &family)
{
    const QString path = fileOf(family);
    if (!QFileInfo::exists(path))
        return fail(ErrorCode::NotFound, tr("The family “%1” has no words for other programs.").arg(family.title),
                    tr("Models of this family can be used here only."));
    ATHANOR_ASSIGN(const QJsonObject file, readJsonFile(path));
    if (file.value(QLatin1String("format")).toInt() != kExchangeFormat
        || file.value(QLatin1String("architecture")).toString() != family.id)
        return fail(ErrorCode::Corrupt, tr("“%1” is no exchange file of “%2”.").arg(path, family.id),
                    tr("Install Athanor again."));
    return file;
}

}  // namespace

Exchange::Exchange(const plugin::Metadata &family, QJsonObject file)
    : m_architecture(family.id), m_title(family.title), m_schema(family.parameters), m_file(std::move(file))
{
}

QString Exchange::formKey(ExchangeForm form)
{
    return form == ExchangeForm::Gguf ? QStringLiteral("gguf") : QStringLiteral("huggingface");
}

QStringList Exchange::modelTypes(ExchangeForm form) const
{
    QStringList types;
    for (const QJsonValue &type : part(form).value(QLatin1String("model_types")).toArray())
        types += type.toString();
    return types;
}

bool Exchange::knowsLabels(ExchangeForm form) const
{
    const QJsonArray classes = part(form).value(QLatin1String("classes")).toArray();
    return std::any_of(classes.begin(), classes.end(), [](const QJsonValue &value) { return value.toObject().value(QLatin1String("labels")).toBool(); });
}

QStringList Exchange::labelModules() const
{
    QStringList names;
    for (const QJsonValue &name : part(ExchangeForm::HuggingFace).value(QLatin1String("label_modules")).toArray())
        names += name.toString();
    return names;
}

Result<Exchange> Exchange::of(const plugin::Catalogue &plugins, const QString &architecture)
{
    const plugin::Metadata *family = plugins.find(architecture);
    if (!family || family->kind != QLatin1String("architecture"))
        return fail(ErrorCode::NotFound, tr("There is no family of models named “%1”.").arg(architecture));
    ATHANOR_ASSIGN(QJsonObject file, readExchange(*family));
    return Exchange(*family, std::move(file));
}

Result<Exchange> Exchange::find(const plugin::Catalogue &plugins, ExchangeForm form, const QString &modelType)
{
    QStringList known;
    for (const plugin::Metadata *family : plugins.ofKind(QStringLiteral("architecture"))) {
        const Result<QJsonObject> file = readExchange(*family);
        if (!file)
            continue;
        Exchange exchange(*family, *file);
        const QStringList types = exchange.modelTypes(form);
        if (types.contains(modelType))
            return exchange;
        known += types;
    }
    return fail(ErrorCode::Unsupported, tr("Models of the kind “%1” are not known here.").arg(modelType.left(120)),
                tr("Known are: %1.").arg(known.join(QStringLiteral(", "))));
}

TensorRows rowsOf(const WeightSource &source)
{
    TensorRows rows;
    for (const WeightEntry &entry : source.entries())
        rows.insert(entry.name, entry.shape.empty() ? 1 : entry.shape[0]);
    return rows;
}

QString shapeText(const std::vector<qint64> &shape)
{
    QStringList parts;
    for (const qint64 size : shape)
        parts += QString::number(size);
    return QLatin1Char('(') + parts.join(QStringLiteral(", ")) + QLatin1Char(')');
}

}  // namespace athanor::interop
