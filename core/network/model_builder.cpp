#include "core/network/model_builder.h"

#include "core/tensor/guard.h"

#include <QCoreApplication>
#include <QJsonArray>

#include <set>

namespace athanor::network {

namespace {

constexpr int64_t kMostLayers = 4096;  // against hostile "repeat" counts
constexpr int kDeepestBranch = 8;

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
        return addBranch(entry.value(QLatin1String("residual")).toArray(), path);
    if (entry.contains(QLatin1String("parallel")))
        return addBranch({entry}, path);
    if (entry.contains(QLatin1String("head")))
        return addHead(entry, path);
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
        const bool isOutermost = block < 0;
        if (isOutermost)
            block = model.m_blockCount++;
        ATHANOR_TRY(addList(layers, joined(path, name) + "." + std::to_string(index)));
        if (isOutermost)
            block = -1;
    }
    return {};
}

Status Model::Builder::addEncoder(const QJsonObject &encoder)
{
    if (!encoder.isEmpty()) {
        nodes = &model.m_encoder;
        ATHANOR_TRY(addList(encoder.value(QLatin1String("layers")).toArray(), "encoder"));
        if (model.m_encoder.empty() || model.m_head || !model.m_labelHead.empty())
            return broken(tr("its encoder has no layers, or has a head."));
    }
    nodes = &model.m_nodes;
    return {};
}

// {"residual":[…]}: one branch; {"parallel":[[…],[…]]}: several that read the same.
Status Model::Builder::addBranch(const QJsonArray &branch, const std::string &path)
{
    ATHANOR_ASSIGN(Steps steps, makeSteps(branch, path, 0));
    if (nodes->empty())
        return broken(tr("a residual branch stands first."));
    auto node = std::make_unique<Node>();
    node->name = path;
    node->residual = true;
    node->block = block;
    node->steps = std::move(steps);
    nodes->push_back(std::move(node));
    return {};
}

Result<Model::Steps> Model::Builder::makeSteps(const QJsonArray &branch, const std::string &path, int depth)
{
    if (branch.isEmpty() || depth > kDeepestBranch)
        return broken(tr("a branch is empty or nested too deeply."));
    Steps steps;
    for (const QJsonValue &value : branch) {
        const QJsonObject entry = value.toObject();
        Step step;
        if (!entry.contains(QLatin1String("parallel"))) {
            ATHANOR_ASSIGN(step.layer, makeLayer(entry, path));
        } else {
            for (const QJsonValue &part : entry.value(QLatin1String("parallel")).toArray()) {
                ATHANOR_ASSIGN(Steps inner, makeSteps(part.toArray(), path, depth + 1));
                step.branches.push_back(std::move(inner));
            }
            if (step.branches.empty())
                return broken(tr("a branch is empty or nested too deeply."));
        }
        steps.push_back(std::move(step));
    }
    return steps;
}

// {"head":"tokens"|"labels","layers":[…]}: layers that only this head reads; the last one of "tokens" is the head.
Status Model::Builder::addHead(const QJsonObject &entry, const std::string &path)
{
    const QString kind = entry.value(QLatin1String("head")).toString();
    if (kind != QLatin1String("tokens") && kind != QLatin1String("labels"))
        return broken(tr("there is no head of kind “%1”.").arg(kind));
    ATHANOR_ASSIGN(Steps steps, makeSteps(entry.value(QLatin1String("layers")).toArray(), path, 0));
    if (kind == QLatin1String("labels")) {
        if (!model.m_labelHead.empty())
            return broken(tr("it has two heads of one kind."));
        model.m_labelHead = std::move(steps);
        return {};
    }
    const std::shared_ptr<Layer> last = steps.back().layer;
    if (model.m_head || !last || !last->headWeight().defined())
        return broken(tr("it has two heads of one kind, or one without scores for tokens."));
    steps.pop_back();
    model.m_head = last;
    model.m_beforeHead = std::move(steps);
    return {};
}

Status Model::Builder::addSingle(const QJsonObject &entry, const std::string &path)
{
    ATHANOR_ASSIGN(auto layer, makeLayer(entry, path));
    if (model.m_head || !model.m_labelHead.empty())
        return broken(tr("the layer “%1” stands after the head.").arg(nameOf(entry)));
    if (layer->headWeight().defined()) {
        model.m_head = std::move(layer);
        return {};
    }
    auto node = std::make_unique<Node>();
    node->block = block;
    node->name = joined(path, nameOf(entry));
    node->steps.push_back({std::move(layer), {}});
    nodes->push_back(std::move(node));
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
    build.device = model.m_options.device;
    build.seed = model.m_options.seed;
    build.path = joined(path, name);
    build.shared = &model.m_shared;
    build.initializer = initializer;
    ATHANOR_ASSIGN(auto created, tensor::guarded(tr("making the model"), [&] { return made->create(build); }));
    ATHANOR_ASSIGN(auto layer, std::move(created));
    ATHANOR_TRY(collect(*layer, build.path));
    return layer;
}

Status Model::Builder::collect(Layer &layer, const std::string &path)
{
    for (const auto &[key, value] : layer.parameters()) {
        const std::string name = path + "." + key;
        for (const NamedParameter &known : model.m_parameters)
            if (known.name == name)
                return broken(tr("two layers are called “%1”.").arg(QString::fromStdString(path)));
        model.m_parameters.push_back({name, value, value.dim() > 1});
    }
    for (const auto &[key, value] : layer.buffers())
        model.m_parameters.push_back({path + "." + key, value, false, true});
    for (Projection *projection : layer.projections()) {
        const std::string name = projection->name().empty() ? path : path + "." + projection->name();
        model.m_projections.push_back({name, parameterOf(projection->weight()), projection});
    }
    return {};
}

std::string Model::Builder::parameterOf(const torch::Tensor &weight) const
{
    for (const NamedParameter &parameter : model.m_parameters)
        if (parameter.value.is_same(weight))
            return parameter.name;
    return {};
}

Status Model::Builder::finish()
{
    if (!model.m_head && model.m_labelHead.empty() && !model.m_nodes.empty())
        return fail(ErrorCode::InvalidInput, tr("This model is an encoder without a head: it makes vectors of texts and writes nothing."),
                    tr("Teach it labels: start a run on it with records of texts and labels."));
    if (model.m_nodes.empty())
        return broken(tr("it needs layers."));
    return {};
}

}  // namespace athanor::network
