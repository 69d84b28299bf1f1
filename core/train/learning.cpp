// See learning.h.
#include "core/train/learning.h"

#include "core/adapt/family_names.h"
#include "core/model/label_head.h"
#include "core/model/parameter_groups.h"

#include <QCoreApplication>

namespace athanor::train {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

QString nameOf(const network::NamedParameter &parameter) { return QString::fromStdString(parameter.name); }

/// Of the head for labels, which learns in any case: its scores are new, and so may be what stands before them.
bool isOfLabelHead(const network::Model &model, const QString &name)
{
    return model::labelHeadLayers(model.architecture()).contains(name.section(QLatin1Char('.'), 0, 0));
}

QString layersOf(const network::Model &model)
{
    QStringList names;
    for (const network::NamedParameter &parameter : model.parameters())
        names += nameOf(parameter);
    return model::layersOf(names);
}

Status freeChosen(network::Model &model, const QStringList &patterns)
{
    for (const QString &pattern : patterns) {
        const bool meansSome = std::any_of(model.parameters().begin(), model.parameters().end(), [&](const auto &parameter) {
            return model::fitsName(nameOf(parameter), pattern);
        });
        if (!meansSome)
            return fail(ErrorCode::InvalidInput, tr("No weights of the model fit “%1”.").arg(pattern),
                        tr("Its layers are: %1.").arg(layersOf(model)));
    }
    model.setTrainable([&](const network::NamedParameter &parameter) {
        const QString name = nameOf(parameter);
        return isOfLabelHead(model, name) || std::any_of(patterns.begin(), patterns.end(), [&](const QString &pattern) {
                   return model::fitsName(name, pattern);
               });
    });
    return {};
}

Status freeHead(network::Model &model, const std::vector<adapt::Module> &modules)
{
    QSet<QString> layers;
    for (const adapt::Module &module : modules)
        if (module.isHead)
            layers.insert(QString::fromStdString(model.projections()[module.projection].name).section(QLatin1Char('.'), 0, 0));
    model.setTrainable([&](const network::NamedParameter &parameter) {
        return layers.contains(nameOf(parameter).section(QLatin1Char('.'), 0, 0));
    });
    if (model.trainable().empty())
        return fail(ErrorCode::InvalidInput, tr("The head of this model has no weights of its own: it shares the embedding's."),
                    tr("Choose layers instead: %1.").arg(layersOf(model)));
    return {};
}

}  // namespace

Result<Learning> Learning::fromJson(const QJsonObject &adapter, const QJsonValue &learns)
{
    Learning learning;
    const QStringList words = adapt::textList(learns);
    const QString word = words.size() == 1 ? words.front() : QString();
    if (!adapter.isEmpty()) {
        ATHANOR_ASSIGN(learning.adapter, adapt::AdapterSettings::fromJson(adapter));
        if (!words.isEmpty() && word != QLatin1String("adapter"))
            return fail(ErrorCode::InvalidInput, tr("With an adapter the model's own weights rest, but “learns” says %1.").arg(words.join(QStringLiteral(", "))),
                        tr("Leave “learns” out, or leave the adapter out."));
        learning.what = Learns::Adapter;
        return learning;
    }
    if (word == QLatin1String("adapter"))
        return fail(ErrorCode::InvalidInput, tr("An adapter is to learn, but none is described."),
                    tr("Say at least its rank: “adapter.rank=8”."));
    if (words.isEmpty() || word == QLatin1String("all"))
        return learning;
    learning.what = word == QLatin1String("head") ? Learns::Head : Learns::Chosen;
    learning.patterns = words;
    return learning;
}

Status applyLearning(plugin::Catalogue &plugins, network::Model &model, const Learning &learning, quint64 seed)
{
    if (learning.what == Learns::All)
        return {};
    if (learning.what == Learns::Chosen)
        return freeChosen(model, learning.patterns);
    ATHANOR_ASSIGN(const auto family, adapt::familyMatrices(plugins, model.architecture()));
    const std::vector<adapt::Module> modules = adapt::modulesOf(model, family);
    if (learning.what == Learns::Head)
        return freeHead(model, modules);
    ATHANOR_TRY(adapt::placeAdapters(model, modules, *learning.adapter, seed));
    model.setTrainable([&](const network::NamedParameter &parameter) { return isOfLabelHead(model, nameOf(parameter)); });
    return {};
}

}  // namespace athanor::train
