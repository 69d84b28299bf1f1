#include "ui/pages/common/checkpoint_choice.h"

#include "core/base/format.h"
#include "core/model/architecture.h"
#include "ui/pages/common/page_parts.h"

namespace athanor::pages {

namespace {

CheckpointChoice choiceOf(const project::Run &run, const project::Checkpoint &point)
{
    QStringList parts{run.model.isEmpty() ? run.title : run.model, QObject::tr("step %1").arg(formatInteger(point.step))};
    if (std::isfinite(point.bitsPerByte))
        parts += QObject::tr("%1 bits/byte").arg(figure(point.bitsPerByte));
    if (point.isBest)
        parts += QObject::tr("best");
    return {point.path, parts.join(QStringLiteral(" · ")), run.id, run.continuesText};
}

}  // namespace

QList<CheckpointChoice> checkpointChoices(const project::Project &project)
{
    QList<CheckpointChoice> best, others;
    const auto runs = project.runs();
    if (!runs)
        return {};
    for (const project::Run &run : *runs) {
        const auto points = project.checkpoints(run.id);
        if (!points)
            continue;
        for (auto it = points->rbegin(); it != points->rend(); ++it)
            (it->isBest ? best : others) += choiceOf(run, *it);
    }
    if (const auto models = project.models())
        for (const project::Model &model : *models)
            if (!model.base.isEmpty())
                best += {model.base, QObject::tr("%1 · as it came").arg(model.name), {}, model::continuesText(model.architecture)};
    return best + others;
}

int fillCheckpoints(QComboBox *box, const project::Project &project, Which which)
{
    QStringList titles, paths;
    for (const CheckpointChoice &choice : checkpointChoices(project)) {
        if (which == Which::ThatContinueText && !choice.continuesText)
            continue;
        titles += choice.title;
        paths += choice.path;
    }
    fillChoices(box, titles, paths);
    return int(paths.size());
}

}  // namespace athanor::pages
