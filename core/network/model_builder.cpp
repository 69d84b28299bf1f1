#include "core/network/model_builder.h"

#include "core/tensor/guard.h"

#include <QCoreApplication>
#include <QJsonArray>

#include <set>

namespace athanor::network {

namespace {

constexpr int64_t kMostLayers = 4096;  // against hostile "repeat" counts

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

tl::unexpected<Error> broken(const QString &what)
{
    return fail(ErrorCode::Corrupt, tr("The architecture cannot be built: %1").arg(what),
                tr("Make the model again from its architecture, or repair the file."));
}

std::string joined(const std::string &path, const QString &name)
{
    const std::string own = name.toStdString();
    return path.empty() ? own : path + "." + own;
}

QString nameOf(const QJsonObject &entry) { return entry.value(QLatin1String("name")).toString(); }

}  // namespace

Status Model::Builder::addList(const QJsonArray &list, const std::string &path)
{
    for (const QJsonValue &value : list)
        ATHANOR_TRY(addEntry(value.toObject(), path));
    return {};
}

Status Model::Builder::addEntry(const QJsonObject &entry, const std::string &path)
{
    if (entry.contains(QLatin1String("repeat")))
        return addRepeat(entry, path);
    if (entry.contains(QLatin1String("residual")))
        return addResidual(entry.value(QLatin1String("residual")).toArray(), path);
    if (entry.contains(QLatin1String("layer")))
        return addSingle(entry, path);
    return broken(tr("an entry is neither a layer, a repetition nor a residual branch."));
}

Status Model::Builder::addRepeat(const QJsonObject &entry, const std::string &path)
{
    const qint64 count = entry.value(QLatin1String("repeat")).toInteger(-1);
    const QString name = nameOf(entry);
    if (count < 1 || count > kMostLayers || name.isEmpty())
        return broken(tr("a repetition needs a name and a count between 1 and %1.").arg(kMostLayers));
    const QJsonArray layers = entry.value(QLatin1String("layers")).toArray();
    for (qint64 index = 0; index < count; ++index) {
        if (++repeatCount > 2 * kMostLayers)
            return broken(tr("its repetitions go round more than %1 times.").arg(2 * kMostLayers));
        ATHANOR_TRY(addList(layers, joined(path, name) + "." + std::to_string(index)));
    }
    return {};
}

Status Model::Builder::addResidual(const QJsonArray &branch, const std::string &path)
{
    auto node = std::make_unique<Node>();
    node->residual = true;
    for (const QJsonValue &value : branch) {
        ATHANOR_ASSIGN(auto layer, makeLayer(value.toObject(), path));
        node->layers.push_back(std::move(layer));
    }
    if (node->layers.empty() || model.m_nodes.empty())
        return broken(tr("a residual branch is empty or stands first."));
    model.m_nodes.push_back(std::move(node));
    return {};
}

Status Model::Builder::addSingle(const QJsonObject &entry, const std::string &path)
{
    ATHANOR_ASSIGN(auto layer, makeLayer(entry, path));
    if (model.m_head)
        return broken(tr("the layer “%1” stands after the head.").arg(nameOf(entry)));
    if (layer->headWeight().defined()) {
        model.m_head = std::move(layer);
        return {};
    }
    auto node = std::make_unique<Node>();
    node->layers.push_back(std::move(layer));
    model.m_nodes.push_back(std::move(node));
    return {};
}

Result<std::shared_ptr<Layer>> Model::Builder::makeLayer(const QJsonObject &entry, const std::string &path)
{
    const QString id = entry.value(QLatin1String("layer")).toString();
    const QString name = nameOf(entry);
    if (name.isEmpty() || name.contains(QLatin1Char('.')))
        return broken(tr("a layer of kind “%1” has no usable name.").arg(id));
    if (++layerCount > kMostLayers)
        return broken(tr("it has more than %1 layers.").arg(kMostLayers));
    const plugin::Metadata *metadata = registry.metadata(id);
    ATHANOR_ASSIGN(LayerPlugin * made, registry.get(id));
    LayerBuild build;
    ATHANOR_ASSIGN(build.parameters,
                   metadata->parameters.validate(entry.value(QLatin1String("parameters")).toObject()));
    build.dimensions = model.m_dimensions;
    build.dtype = model.m_options.dtype;
    build.seed = model.m_options.seed;
    build.path = joined(path, name);
    build.shared = &model.m_shared;
    ATHANOR_ASSIGN(auto created, tensor::guarded(tr("making the model"), [&] { return made->create(build); }));
    ATHANOR_ASSIGN(auto layer, std::move(created));
    ATHANOR_TRY(collect(*layer, build.path));
    return layer;
}

Status Model::Builder::collect(Layer &layer, const std::string &path)
{
    for (const auto &item : layer.named_parameters()) {
        const std::string name = path + "." + item.key();
        for (const NamedParameter &known : model.m_parameters)
            if (known.name == name)
                return broken(tr("two layers are called “%1”.").arg(QString::fromStdString(path)));
        model.m_parameters.push_back({name, item.value(), item.value().dim() > 1});
    }
    return {};
}

Status Model::Builder::finish()
{
    if (!model.m_head || model.m_nodes.empty())
        return broken(tr("it needs layers and, at the end, a head."));
    return {};
}

}  // namespace athanor::network
