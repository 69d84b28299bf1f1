// What objectives have in common, and what a run needs to use one. Thread: pure functions.
#pragma once

#include "core/plugin/catalogue.h"
#include "core/tokenizer/tokenizer.h"
#include "core/train/objective.h"

namespace athanor::train {

/// 0 … count − 1 in an order that depends on the key alone.
ATHANOR_EXPORT std::vector<int64_t> randomOrder(const tensor::RandomKey &key, int64_t count);
/// `total` as a sum of `parts` numbers ≥ 1, every such sum alike likely; total ≥ parts ≥ 1.
ATHANOR_EXPORT std::vector<int64_t> randomParts(const tensor::RandomKey &key, int64_t total, int64_t parts);
/// The key of one row at one place of an objective.
ATHANOR_EXPORT tensor::RandomKey rowKey(const ObjectiveContext &context, std::string_view place, int64_t row);

/// Tables of a tokenizer that objectives look into, by id.
struct TokenTables {
    int64_t vocabulary = 0;
    SpecialIds ids;
    std::vector<bool> isSpecial, continuesWord;
};
ATHANOR_EXPORT TokenTables tokenTables(const tokenizer::Tokenizer &tokenizer, int64_t modelVocabulary);

/// All that is the same for every batch of a run; `tables` outlives it.
ATHANOR_EXPORT ObjectiveContext objectiveContext(const TokenTables &tables, const QJsonObject &settings);

struct ChosenObjective {
    Objective *objective = nullptr;
    QString id = {};
    QJsonObject settings;
};
/// The architecture's "objective" (an id, or {"plugin", "parameters"}); next-token prediction where it names none.
ATHANOR_EXPORT Result<ChosenObjective> chosenObjective(plugin::Catalogue &plugins, const QJsonObject &architecture);

/// Attention within documents: segments and positions of a batch of windows over a text. A document begins with the mark
/// `end` of the one before it, from which its first token is predicted, as scoring a text does.
ATHANOR_EXPORT void confineToDocuments(network::Batch &batch, int64_t end);

/// Targets that count, and the bytes of text that they stand for; labels where the batch asks for nothing else.
struct TargetCount {
    int64_t tokens = 0;
    double bytes = 0;
};
ATHANOR_EXPORT TargetCount countTargets(const network::Batch &batch, const std::vector<qint32> &tokenByteCounts);

}  // namespace athanor::train
