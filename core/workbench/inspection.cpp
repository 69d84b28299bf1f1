#include "core/workbench/inspection.h"

#include "core/interop/import_inspect.h"

namespace athanor::workbench {

ModelInspection inspectionOf(const QString &path, const plugin::Catalogue &plugins)
{
    const interop::ModelFacts facts = interop::inspectModel(path, plugins);
    ModelInspection model;
    model.location = facts.location.isEmpty() ? path : facts.location;
    model.isReadable = facts.isReadable;
    model.reason = facts.error.message;
    model.hint = facts.error.hint;
    model.kind = facts.kind;
    model.base = facts.base;
    model.name = Workbench::suggestedModelName(path);
    model.family = facts.family;
    model.familyTitle = facts.familyTitle;
    model.parameters = facts.parameters;
    model.context = facts.context;
    model.vocabulary = facts.vocabulary;
    model.bytes = facts.bytes;
    model.licence = facts.licence;
    model.tokenizerType = facts.tokenizerType;
    model.hasChatTemplate = facts.hasChatTemplate;
    model.labels = facts.labels;
    model.storedAs = facts.storedAs;
    model.warnings = facts.warnings;
    return model;
}

}  // namespace athanor::workbench
