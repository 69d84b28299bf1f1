// See adapter_files.h.
#include "core/adapt/adapter_files.h"

#include "core/adapt/tensor_file.h"
#include "core/base/atomic_file.h"
#include "core/base/hash.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

namespace athanor::adapt {

namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::adapt", text); }

}  // namespace

QJsonObject toJson(const AdapterFacts &facts)
{
    return {{QStringLiteral("format"), kAdapterFormat},
            {QStringLiteral("base"), facts.base},
            {QStringLiteral("baseWeightsSha256"), facts.baseWeightsSha256},
            {QStringLiteral("settings"), facts.settings.toJson()}};
}

bool isAdapterFolder(const QString &folder) { return QFileInfo::exists(folder + QLatin1String(kAdapterFacts)); }

QString weightsFileOf(const QString &folder)
{
    return folder + (isAdapterFolder(folder) ? QLatin1String(kAdapterWeights) : QLatin1String("/model.safetensors"));
}

Result<AdapterFacts> readAdapterFacts(const QString &folder)
{
    ATHANOR_ASSIGN(const QJsonObject object, readJsonFile(folder + QLatin1String(kAdapterFacts)));
    if (object.value(QLatin1String("format")).toInt(kAdapterFormat) > kAdapterFormat)
        return fail(ErrorCode::NewerVersion, tr("The adapter “%1” was written by a newer Athanor.").arg(folder),
                    tr("Install the newer version to use it."));
    AdapterFacts facts;
    facts.base = object.value(QLatin1String("base")).toString();
    facts.baseWeightsSha256 = object.value(QLatin1String("baseWeightsSha256")).toString();
    ATHANOR_ASSIGN(facts.settings, AdapterSettings::fromJson(object.value(QLatin1String("settings")).toObject()));
    if (facts.base.isEmpty() || facts.baseWeightsSha256.isEmpty())
        return fail(ErrorCode::Corrupt, tr("The adapter “%1” does not say which model it stands on.").arg(folder),
                    tr("Use another checkpoint of the run."));
    return facts;
}

Result<QString> findBase(const QString &folder, const AdapterFacts &facts)
{
    const auto isModel = [](const QString &path) { return QFileInfo::exists(path + QStringLiteral("/architecture.json")); };
    if (QDir::isAbsolutePath(facts.base) && isModel(facts.base))
        return QDir::cleanPath(facts.base);
    QDir above(QFileInfo(folder).absoluteFilePath());
    while (!QDir::isAbsolutePath(facts.base)) {
        const QString candidate = QDir::cleanPath(above.filePath(facts.base));
        if (candidate.startsWith(above.path()) && isModel(candidate))
            return candidate;
        if (!above.cdUp())
            break;
    }
    return fail(ErrorCode::NotFound, tr("The model “%1”, on which the adapter “%2” stands, is not there.").arg(facts.base, folder),
                tr("Bring the model in again, or use a merged model."));
}

Status checkBase(const QString &baseFolder, const AdapterFacts &facts)
{
    ATHANOR_ASSIGN(const QString found, sha256OfFile(weightsFileOf(baseFolder)));
    if (found != facts.baseWeightsSha256)
        return fail(ErrorCode::Corrupt, tr("The weights of “%1” are not those that the adapter was made on.").arg(baseFolder),
                    tr("Bring the original model in again."),
                    QStringLiteral("%1 instead of %2").arg(found, facts.baseWeightsSha256));
    return {};
}

Status readAdapterWeights(const QString &folder, const std::vector<network::NamedParameter> &tensors)
{
    ATHANOR_ASSIGN(const interop::SafetensorsReader file,
                   interop::SafetensorsReader::open(folder + QLatin1String(kAdapterWeights)));
    QSet<QString> used;
    for (const network::NamedParameter &parameter : tensors) {
        const QString name = QString::fromStdString(parameter.name);
        const interop::TensorEntry *entry = file.find(name);
        if (!entry)
            return fail(ErrorCode::Corrupt, tr("“%1” lacks “%2”.").arg(file.path(), name),
                        tr("The adapter belongs to another model."));
        ATHANOR_TRY(readTensorInto(file, *entry, parameter.value.detach()));
        used.insert(name);
    }
    for (const interop::TensorEntry &entry : file.tensors())
        if (!used.contains(entry.name))
            return fail(ErrorCode::Corrupt, tr("“%1” holds “%2”, which the model does not have.").arg(file.path(), entry.name),
                        tr("The adapter belongs to another model."));
    return {};
}

}  // namespace athanor::adapt
