// The card of a model that leaves a project: README.md as Hugging Face reads it, YAML in front and Markdown below.
// Role: writes down what is known, and nothing else: what is missing in the facts is left out or called unknown.
// Thread: pure function.
#pragma once

#include "core/base/error.h"

#include <QJsonObject>

namespace athanor::report {

struct CardInput {
    QString name;
    QString format;       // "huggingface", "gguf", "adapter"
    QString dtype;
    QJsonObject facts;    // as workbench puts them together: base, data, tokenizer, runs, results, evaluations …
    QJsonObject parity;   // of the export's result
    QString pipelineTag;  // "text-generation", "fill-mask" …; empty: left out
};

ATHANOR_EXPORT QByteArray modelCard(const CardInput &input);

/// A text as a YAML value: quoted, on one line.
ATHANOR_EXPORT QString yamlText(const QString &text);

}  // namespace athanor::report
