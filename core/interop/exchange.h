// How a family of models is called elsewhere: from a config.json or the keys of a GGUF file to the family's choices and
// back, and from the names and layouts of other programs' weights to ours and back.
// Role: the reader of plugins/architecture/<name>/exchange.json (its language: plugins/architecture/README.md). What a
// file cannot say faithfully in our terms is refused with the key and the value. Pure; opens no weights.
// Thread: const after of() and find().
#pragma once

#include "core/interop/weight_source.h"
#include "core/plugin/catalogue.h"

namespace athanor::interop {

class ExchangeNumbers;

enum class ExchangeForm { HuggingFace, Gguf };

/// The first size of each tensor of a file, by name.
using TensorRows = QHash<QString, qint64>;
ATHANOR_EXPORT TensorRows rowsOf(const WeightSource &source);

/// What a config means here.
struct FamilyChoices {
    QString architecture;  // plugin id
    QJsonObject choices;   // complete and valid
    qint64 vocabulary = 0;
    QString className;     // "LlamaForCausalLM"; empty for GGUF
    QStringList labels;    // of a class that sorts texts (…ForSequenceClassification), in the order of its scores
    QStringList warnings;  // keys that were not used
};

/// Rows [first, first + count) of one source, to stand next in the result.
struct RowRun {
    size_t source = 0;
    qint64 first = 0;
    qint64 count = 0;
};

/// One tensor, made of rows of others.
struct TensorMove {
    struct Source {
        QString name;
        std::vector<qint64> shape;
    };
    QString name;
    std::vector<qint64> shape;
    std::vector<Source> sources;
    std::vector<RowRun> rows;  // of the result, in order; empty when transposed
    qint64 rowLength = 1;      // numbers of a row: 1 for a vector
    bool transposed = false;   // the result is the transpose of the only source
};

class ATHANOR_EXPORT Exchange {
public:
    /// The exchange of a family: "exchange/<id>.json" beside its plugin. Errors: NotFound (no such family, or it is
    /// known here only), Corrupt.
    static Result<Exchange> of(const plugin::Catalogue &plugins, const QString &architecture);
    /// The family that reads a "model_type" or a GGUF "general.architecture". Unsupported lists the known ones.
    static Result<Exchange> find(const plugin::Catalogue &plugins, ExchangeForm form, const QString &modelType);

    const QString &architecture() const { return m_architecture; }
    bool knows(ExchangeForm form) const { return m_file.contains(formKey(form)); }
    /// Names under which the form knows the family; the first one is written.
    QStringList modelTypes(ExchangeForm form) const;

    /// `config`: config.json, or a GGUF file's keys as one flat object. `tensors`: those in the file, because some things
    /// are said only by them. Errors: Unsupported (what we cannot represent: key, value, what would do),
    /// Corrupt (a key is missing or no number), InvalidInput (outside the family's limits).
    Result<FamilyChoices> readConfig(ExchangeForm form, const QJsonObject &config, const TensorRows &tensors = {}) const;
    /// The keys that describe these choices; nested for Hugging Face, flat for GGUF. Unsupported when the form has no
    /// words for a choice, or no class that sorts texts by labels.
    Result<QJsonObject> writeConfig(ExchangeForm form, const QJsonObject &choices, qint64 vocabulary,
                                    const QStringList &labels = {}) const;
    /// Keys whose numbers are written as fractions even where they are whole (GGUF has types).
    QStringList realKeys(ExchangeForm form) const;

    /// Our tensors from those of `source`, in the order of the file. Every name and shape is checked: Corrupt names what
    /// is missing, what is too much and which shape was wanted; `notes` gets the surplus that may be left out.
    /// `labels`: how many the model sorts texts by; 0: it has no head for labels.
    Result<std::vector<TensorMove>> readMoves(ExchangeForm form, const QJsonObject &choices, qint64 vocabulary,
                                              const WeightSource &source, QStringList *notes = nullptr, qint64 labels = 0) const;
    /// Their tensors from ours.
    Result<std::vector<TensorMove>> writeMoves(ExchangeForm form, const QJsonObject &choices, qint64 vocabulary,
                                               qint64 labels = 0) const;
    /// Whether the form has a class that sorts texts by labels.
    bool knowsLabels(ExchangeForm form) const;
    /// What PEFT calls the modules of the head for labels, which it saves beside an adapter.
    QStringList labelModules() const;

private:
    Exchange(const plugin::Metadata &family, QJsonObject file);
    static QString formKey(ExchangeForm form);
    QJsonObject part(ExchangeForm form) const { return m_file.value(formKey(form)).toObject(); }
    Result<ExchangeNumbers> numbersOf(const QJsonObject &choices, qint64 vocabulary, qint64 labels) const;

    QString m_architecture;
    QString m_title;
    plugin::ParameterSchema m_schema;
    QJsonObject m_file;
};

/// "(2, 3)"; for messages.
ATHANOR_EXPORT QString shapeText(const std::vector<qint64> &shape);

}  // namespace athanor::interop
