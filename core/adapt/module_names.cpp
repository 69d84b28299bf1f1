// See module_names.h.
#include "core/adapt/module_names.h"

#include "core/model/parameter_groups.h"

#include <QCoreApplication>
#include <QHash>
#include <QJsonArray>
#include <QSet>

#include <algorithm>

namespace athanor::adapt {

namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::adapt", text); }

// Names of layers that give scores: those of heads with layers of their own, and layer.head.
void collectHeads(const QJsonArray &layers, QSet<QString> &names, bool isInHead = false)
{
    for (const QJsonValue &value : layers) {
        const QJsonObject entry = value.toObject();
        const bool isHead = isInHead || entry.contains(QLatin1String("head"));
        if (entry.contains(QLatin1String("layer")) && (isInHead || entry.value(QLatin1String("layer")) == QLatin1String("layer.head")))
            names.insert(entry.value(QLatin1String("name")).toString());
        if (isHead && entry.contains(QLatin1String("layers")))
            collectHeads(entry.value(QLatin1String("layers")).toArray(), names, true);
    }
}

std::string lastPart(const std::string &name)
{
    const size_t point = name.rfind('.');
    return point == std::string::npos ? name : name.substr(point + 1);
}

// The parts of a weight from its first row to its last, without holes; empty where they do not come to that.
std::vector<FamilyMatrix> wholeParts(std::vector<FamilyMatrix> parts, int64_t rows)
{
    std::sort(parts.begin(), parts.end(),
              [](const FamilyMatrix &a, const FamilyMatrix &b) { return a.rowBegin < b.rowBegin; });
    int64_t next = 0;
    for (const FamilyMatrix &part : parts) {
        if (part.rowBegin != next || part.rowEnd <= part.rowBegin)
            return {};
        next = part.rowEnd;
    }
    return next == rows ? parts : std::vector<FamilyMatrix>();
}

bool means(const QString &target, const Module &module, const QString &projection)
{
    const QString name = QString::fromStdString(module.name);
    if (model::fitsPattern(name, target) || model::fitsPattern(projection, target) || model::fitsPattern(projection + QLatin1Char('.') + name, target))
        return true;
    return !module.path.isEmpty()
           && (model::fitsPattern(module.path, target) || model::fitsPattern(module.path, QLatin1String("*.") + target));
}

QString existing(const std::vector<Module> &modules)
{
    QStringList names;
    for (const Module &module : modules) {
        const QString name = QString::fromStdString(module.name);
        if (!names.contains(name) && !module.isHead)
            names += name;
    }
    return names.join(QStringLiteral(", "));
}

}  // namespace

std::vector<Module> modulesOf(const network::Model &model, const std::vector<FamilyMatrix> &family)
{
    QHash<QString, std::vector<FamilyMatrix>> byName;
    for (const FamilyMatrix &matrix : family)
        byName[matrix.ours].push_back(matrix);
    QSet<QString> heads;
    collectHeads(model.architecture().value(QLatin1String("layers")).toArray(), heads);
    std::vector<Module> modules;
    for (size_t index = 0; index < model.projections().size(); ++index) {
        const network::NamedProjection &projection = model.projections()[index];
        const int64_t rows = projection.projection->weight().size(0);
        const bool isHead = heads.contains(QString::fromStdString(projection.name).section(QLatin1Char('.'), 0, 0));
        // A tied head's weight is called as the embedding, which is no matrix product.
        const auto parts = wholeParts(byName.value(QString::fromStdString(projection.parameter)), rows);
        if (parts.empty() || isHead)
            modules.push_back({index, lastPart(projection.name), {}, 0, rows, false, isHead, {}});
        for (const FamilyMatrix &part : isHead ? std::vector<FamilyMatrix>() : parts)
            modules.push_back({index, lastPart(part.path.toStdString()), part.path, part.rowBegin, part.rowEnd,
                               part.isTransposed, false, part.rowOrder});
    }
    return modules;
}

Result<std::vector<size_t>> chosenModules(const network::Model &model, const std::vector<Module> &modules,
                                          const QStringList &targets)
{
    std::vector<bool> chosen(modules.size(), false);
    for (const QString &target : targets) {
        bool found = false;
        for (size_t index = 0; index < modules.size(); ++index) {
            const Module &module = modules[index];
            const QString projection = QString::fromStdString(model.projections()[module.projection].name);
            if (target == QLatin1String("all") ? !module.isHead : means(target, module, projection))
                found = chosen[index] = true;
        }
        if (!found)
            return fail(ErrorCode::InvalidInput, tr("No matrix of the model is called “%1”.").arg(target),
                        tr("There are: %1; or write “all”.").arg(existing(modules)));
    }
    std::vector<size_t> indices;
    for (size_t index = 0; index < modules.size(); ++index)
        if (chosen[index])
            indices.push_back(index);
    if (indices.empty())
        return fail(ErrorCode::InvalidInput, tr("The adapter changes no matrix."), tr("There are: %1.").arg(existing(modules)));
    return indices;
}

}  // namespace athanor::adapt
