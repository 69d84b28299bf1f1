#include "core/model/walk.h"

#include "core/model/dimensions.h"

#include <QCoreApplication>

namespace athanor::model {

namespace {

constexpr int kDepthLimit = 16;
constexpr qint64 kLayerLimit = 100000;
constexpr qint64 kLargestDimension = qint64(1) << 24;
constexpr const char *kDimensions[] = {"vocabulary", "context", "width", "layers"};

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

tl::unexpected<Error> corrupt(const QString &what)
{
    return fail(ErrorCode::Corrupt, tr("The architecture is not usable: %1.").arg(what),
                tr("Make the model again from a preset, or correct the file."));
}

class Walker {
public:
    Walker(const plugin::Catalogue &plugins, const QJsonObject &architecture) : m_plugins(&plugins)
    {
        for (const char *key : kDimensions)
            m_names.insert(QLatin1String(key), static_cast<double>(dimension(architecture, key)));
    }

    Status list(const QJsonArray &entries, qint64 times, int depth, bool isInside = false)
    {
        if (depth > kDepthLimit)
            return corrupt(tr("its layers are nested too deeply"));
        for (const QJsonValue &value : entries)
            ATHANOR_TRY(entry(value.toObject(), times, depth, isInside));
        return {};
    }
    std::vector<LayerUse> layers;

private:
    Status entry(const QJsonObject &object, qint64 times, int depth, bool isInside)
    {
        if (object.contains(QLatin1String("repeat"))) {
            const qint64 repeat = object.value(QLatin1String("repeat")).toInteger(-1);
            if (repeat < 1 || repeat > kLayerLimit / times)
                return corrupt(tr("layers cannot be repeated %1 times").arg(repeat));
            const bool isOutermost = m_rounds == 0;
            if (isOutermost) {
                m_rounds = repeat;
                ++m_repetition;
            }
            const Status listed = list(object.value(QLatin1String("layers")).toArray(), times * repeat, depth + 1, true);
            if (isOutermost)
                m_rounds = 0;
            return listed;
        }
        if (object.contains(QLatin1String("residual")))
            return list(object.value(QLatin1String("residual")).toArray(), times, depth + 1, true);
        if (object.contains(QLatin1String("parallel"))) {
            for (const QJsonValue &branch : object.value(QLatin1String("parallel")).toArray())
                ATHANOR_TRY(list(branch.toArray(), times, depth + 1, true));
            return {};
        }
        if (object.contains(QLatin1String("head")))
            return list(object.value(QLatin1String("layers")).toArray(), times, depth + 1);
        return layer(object, times, isInside);
    }

    Status layer(const QJsonObject &object, qint64 times, bool isInside)
    {
        if (layers.size() >= static_cast<size_t>(kLayerLimit))
            return corrupt(tr("it has more than %1 layers").arg(kLayerLimit));
        const QString id = object.value(QLatin1String("layer")).toString();
        if (id.isEmpty())
            return corrupt(tr("an entry names no layer"));
        LayerUse use;
        use.plugin = m_plugins->find(id);
        if (!use.plugin || use.plugin->kind != QLatin1String("layer"))
            return fail(ErrorCode::NotFound, tr("This architecture needs the layer “%1”, which is not installed.").arg(id),
                        tr("Install the plugin that offers it. “athanor-cli plugin list” shows what there is."));
        use.name = object.value(QLatin1String("name")).toString();
        use.times = times;
        use.repetition = m_rounds > 0 ? m_repetition : -1;
        use.rounds = std::max<qint64>(1, m_rounds);
        use.isInside = isInside;
        ATHANOR_ASSIGN(use.parameters, use.plugin->parameters.validate(object.value(QLatin1String("parameters")).toObject()));
        use.names = m_names;
        addNames(use.names, use.plugin->parameters, use.parameters);
        layers.push_back(std::move(use));
        return {};
    }

    const plugin::Catalogue *m_plugins;
    Names m_names;
    int m_repetition = -1;  // the last one that was met
    qint64 m_rounds = 0;    // of the one that is being listed; 0: outside of all
};

}  // namespace

void addNames(Names &names, const plugin::ParameterSchema &schema, const QJsonObject &values)
{
    for (auto it = values.begin(); it != values.end(); ++it)
        if (it->isDouble() || it->isBool())
            names.insert(it.key(), it->isBool() ? (it->toBool() ? 1.0 : 0.0) : it->toDouble());
    // A choice is a number for each of its values: "positions_rotary" is 1 or 0.
    for (const plugin::Parameter &parameter : schema.parameters())
        for (const auto &choice : parameter.choices)
            names.insert(parameter.key + QLatin1Char('_') + choice.value,
                         values.value(parameter.key).toString() == choice.value ? 1.0 : 0.0);
}

Result<std::vector<LayerUse>> walkLayers(const plugin::Catalogue &plugins, const QJsonObject &architecture)
{
    const int format = architecture.value(QLatin1String("format")).toInt();
    if (format > kArchitectureFormat)
        return fail(ErrorCode::NewerVersion, tr("This architecture was written by a newer Athanor."), tr("Update this program."));
    if (format != kArchitectureFormat)
        return corrupt(tr("its format is not said"));
    for (const char *key : kDimensions)
        if (const qint64 value = dimension(architecture, key); value < 1 || value > kLargestDimension)
            return corrupt(tr("its %1 is %2").arg(QLatin1String(key)).arg(value));
    Walker walker(plugins, architecture);
    const QJsonObject encoder = architecture.value(QLatin1String("encoder")).toObject();
    ATHANOR_TRY(walker.list(encoder.value(QLatin1String("layers")).toArray(), 1, 0));
    ATHANOR_TRY(walker.list(architecture.value(QLatin1String("layers")).toArray(), 1, 0));
    if (walker.layers.empty())
        return corrupt(tr("it has no layers"));
    return std::move(walker.layers);
}

Result<double> costOf(const plugin::Metadata &plugin, const char *key, const Names &names)
{
    const QJsonValue formula = plugin.all.value(QLatin1String("cost")).toObject().value(QLatin1String(key));
    if (formula.isDouble())
        return formula.toDouble();
    if (!formula.isString())
        return 0.0;
    auto value = evaluate(formula.toString(), names);
    if (!value) {
        Error error = value.error();
        error.message = tr("The plugin “%1”: %2").arg(plugin.id, error.message);
        return fail(std::move(error));
    }
    return std::max(0.0, *value);
}

Result<double> cost(const LayerUse &layer, const char *key, double bytesPerNumber)
{
    Names names = layer.names;
    names.insert(QStringLiteral("bytes"), bytesPerNumber);
    return costOf(*layer.plugin, key, names);
}

}  // namespace athanor::model
