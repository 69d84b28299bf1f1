// See mapped_weights.h.
#include "core/generate/mapped_weights.h"

#include "core/base/atomic_file.h"
#include "core/generate/checkpoint_model.h"
#include "core/network/uninitialised.h"
#include "core/tensor/guard.h"

#include <QCoreApplication>
#include <QFile>
#include <QSet>
#include <QtEndian>

namespace athanor::generate {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::generate", text); }

// The file, mapped so that writing changes this process's memory only; lives as long as a tensor does.
struct PrivateMap {
    QFile file;
    uchar *bytes = nullptr;
    qint64 dataStart = 0;
};

Result<std::shared_ptr<PrivateMap>> openMap(const QString &path)
{
    auto map = std::make_shared<PrivateMap>();
    map->file.setFileName(path);
    if (!map->file.open(QIODevice::ReadOnly) || map->file.size() < 8)
        return fail(ErrorCode::Unreadable, tr("“%1” cannot be read: %2.").arg(path, map->file.errorString()));
    map->bytes = map->file.map(0, map->file.size(), QFileDevice::MapPrivateOption);
    if (!map->bytes)
        return fail(ErrorCode::Unreadable, tr("“%1” cannot be mapped: %2.").arg(path, map->file.errorString()));
    map->dataStart = 8 + qint64(qFromLittleEndian<quint64>(map->bytes));
    return map;
}

bool isStoredAs(interop::ElementType stored, at::ScalarType wanted)
{
    return (stored == interop::ElementType::F32 && wanted == at::kFloat)
           || (stored == interop::ElementType::BF16 && wanted == at::kBFloat16);
}

}  // namespace

Status checkNames(const interop::SafetensorsReader &file, const std::vector<network::NamedParameter> &parameters,
                  const std::function<bool(const QString &)> &mayDiffer)
{
    QStringList missing;
    QSet<QString> used;
    for (const network::NamedParameter &parameter : parameters) {
        const QString name = QString::fromStdString(parameter.name);
        used.insert(name);
        if (!file.find(name) && !(mayDiffer && mayDiffer(name)))
            missing += name;
    }
    if (!missing.isEmpty())
        return fail(ErrorCode::Corrupt, tr("“%1” lacks %2 of the model's weights: %3 …")
                                            .arg(file.path()).arg(missing.size()).arg(missing.mid(0, 3).join(u", ")),
                    tr("The file belongs to another architecture."));
    for (const interop::TensorEntry &entry : file.tensors()) {
        if (!used.contains(entry.name) && !(mayDiffer && mayDiffer(entry.name)))
            return fail(ErrorCode::Corrupt, tr("“%1” holds “%2”, which the model does not have.")
                                                .arg(file.path(), entry.name),
                        tr("The file belongs to another architecture."));
    }
    return {};
}

Status mapWeights(const interop::SafetensorsReader &file, const std::vector<network::NamedParameter> &parameters)
{
    ATHANOR_ASSIGN(const std::shared_ptr<PrivateMap> map, openMap(file.path()));
    for (const network::NamedParameter &parameter : parameters) {
        const interop::TensorEntry *entry = file.find(QString::fromStdString(parameter.name));
        const std::vector<qint64> shape(parameter.value.sizes().begin(), parameter.value.sizes().end());
        const qint64 begin = entry ? map->dataStart + entry->begin : 0;
        const bool fits = entry && parameter.value.device().is_cpu() && isStoredAs(entry->type, parameter.value.scalar_type()) && entry->shape == shape
                          && begin % interop::elementBytes(entry->type) == 0 && begin + entry->byteCount <= map->file.size();
        if (!entry)
            return fail(ErrorCode::Corrupt, tr("“%1” has no “%2”.").arg(file.path(), QString::fromStdString(parameter.name)));
        if (!fits) {
            ATHANOR_TRY(copyTensor(file, *entry, parameter.value.detach()));
            continue;
        }
        ATHANOR_TRY(tensor::guarded(tr("reading the weights “%1”").arg(entry->name), [&] {
            torch::NoGradGuard noGradients;
            // All holders of the parameter share its implementation, so they see the new memory.
            torch::Tensor value = parameter.value;
            value.set_data(torch::from_blob(map->bytes + begin, value.sizes(), [map](void *) {}, torch::dtype(value.scalar_type())));
        }));
    }
    return {};
}

Result<std::shared_ptr<network::Model>> loadModelWeights(plugin::Catalogue &plugins, const QString &folder, at::ScalarType dtype,
                                                         at::Device device)
{
    ATHANOR_ASSIGN(const QJsonObject architecture, readJsonFile(folder + QStringLiteral("/architecture.json")));
    ATHANOR_ASSIGN(const interop::SafetensorsReader file,
                   interop::SafetensorsReader::open(folder + QStringLiteral("/model.safetensors")));
    network::BuildOptions options;
    options.dtype = dtype;
    options.device = device;
    options.seed = network::kUninitialisedSeed;
    ATHANOR_ASSIGN(const auto model, network::Model::build(plugins, architecture, options));
    ATHANOR_TRY(checkNames(file, model->parameters()));
    ATHANOR_TRY(mapWeights(file, model->parameters()));
    return model;
}

}  // namespace athanor::generate
