// See objective_tools.h.
#include "core/train/objective_tools.h"

#include "core/plugin/registry.h"
#include "core/train/trainer.h"

#include <QCoreApplication>

namespace athanor::train {
namespace {

const QString kUsualObjective = QStringLiteral("objective.next_token");

bool continuesWord(const QString &text, bool isWordPiece)
{
    if (isWordPiece)
        return text.startsWith(QLatin1String("##"));
    return !text.isEmpty() && text.at(0).isLetterOrNumber() && text.at(0) != QChar(0x0120);  // "Ġ" is a blank
}

}  // namespace

std::vector<int64_t> randomOrder(const tensor::RandomKey &key, int64_t count)
{
    std::vector<std::pair<uint64_t, int64_t>> drawn;
    for (int64_t i = 0; i < count; ++i) {
        const auto words = tensor::randomWords(key, uint64_t(i));
        drawn.emplace_back(uint64_t(words[0]) << 32U | words[1], i);
    }
    std::sort(drawn.begin(), drawn.end());
    std::vector<int64_t> order;
    for (const auto &pair : drawn)
        order.push_back(pair.second);
    return order;
}

std::vector<int64_t> randomParts(const tensor::RandomKey &key, int64_t total, int64_t parts)
{
    std::vector<int64_t> cuts = randomOrder(key, total - 1);  // before item cut + 1
    cuts.resize(size_t(parts - 1));
    std::sort(cuts.begin(), cuts.end());
    std::vector<int64_t> lengths;
    int64_t done = 0;
    for (const int64_t cut : cuts) {
        lengths.push_back(cut + 1 - done);
        done = cut + 1;
    }
    lengths.push_back(total - done);
    return lengths;
}

tensor::RandomKey rowKey(const ObjectiveContext &context, std::string_view place, int64_t row)
{
    return {context.key.seed, context.key.step, tensor::randomSite(place) + uint64_t(context.firstRow + row)};
}

TokenTables tokenTables(const tokenizer::Tokenizer &tokenizer, int64_t modelVocabulary)
{
    TokenTables tables;
    tables.vocabulary = tokenizer.vocabularySize();
    tables.ids = tokenizer::specialIds(tokenizer, modelVocabulary);
    tables.isSpecial.assign(size_t(tables.vocabulary), false);
    tables.continuesWord.assign(size_t(tables.vocabulary), false);
    const bool isWordPiece = tokenizer.typeName() == QLatin1String("WordPiece");
    for (tokenizer::TokenId id = 0; id < tables.vocabulary; ++id) {
        tables.isSpecial[size_t(id)] = tokenizer.isControl(id);
        tables.continuesWord[size_t(id)] = continuesWord(tokenizer.tokenText(id), isWordPiece);
    }
    const SpecialIds &ids = tables.ids;
    for (const int64_t id : {ids.begin, ids.separator, ids.end, ids.mask, ids.padding}) {
        if (id >= 0 && id < tables.vocabulary)
            tables.isSpecial[size_t(id)] = true;
    }
    return tables;
}

ObjectiveContext objectiveContext(const TokenTables &tables, const QJsonObject &settings)
{
    ObjectiveContext context;
    context.vocabulary = tables.vocabulary;
    context.ids = tables.ids;
    context.isSpecial = tables.isSpecial.empty() ? nullptr : &tables.isSpecial;
    context.continuesWord = tables.continuesWord.empty() ? nullptr : &tables.continuesWord;
    context.settings = settings;
    return context;
}

Result<ChosenObjective> chosenObjective(plugin::Catalogue &plugins, const QJsonObject &architecture)
{
    const QJsonValue named = architecture.value(QLatin1String("objective"));
    const QString id = named.isObject() ? named.toObject().value(QLatin1String("plugin")).toString()
                                        : named.toString(kUsualObjective);
    const plugin::Registry<Objective> objectives(plugins, QStringLiteral("objective"));
    ChosenObjective chosen;
    chosen.id = id;
    ATHANOR_ASSIGN(chosen.objective, objectives.get(id));
    ATHANOR_ASSIGN(chosen.settings, settingsFor(*objectives.metadata(id),
                                                named.toObject().value(QLatin1String("parameters")).toObject()));
    return chosen;
}

void confineToDocuments(network::Batch &batch, int64_t end)
{
    const int64_t b = batch.ids.size(0), t = batch.ids.size(1);
    const torch::Tensor ids = batch.ids.contiguous();
    batch.segments = torch::empty_like(ids);
    batch.positions = torch::empty_like(ids);
    for (int64_t row = 0; row < b; ++row) {
        const int64_t *read = ids.data_ptr<int64_t>() + row * t;
        int64_t *segment = batch.segments.data_ptr<int64_t>() + row * t, *position = batch.positions.data_ptr<int64_t>() + row * t;
        int64_t document = 0, begin = 0;
        for (int64_t time = 0; time < t; ++time) {
            if (read[time] == end && time > 0) {
                ++document;
                begin = time;
            }
            segment[time] = document;
            position[time] = time - begin;
        }
    }
}

TargetCount countTargets(const network::Batch &batch, const std::vector<qint32> &tokenByteCounts)
{
    TargetCount count;
    if (!batch.targets.defined()) {
        count.tokens = batch.labels.ge(0).sum().item<int64_t>();
        return count;
    }
    const torch::Tensor targets = batch.targets.contiguous();
    const auto *ids = targets.data_ptr<int64_t>();
    for (int64_t i = 0; i < targets.numel(); ++i) {
        if (ids[i] < 0)
            continue;
        ++count.tokens;
        if (size_t(ids[i]) < tokenByteCounts.size())
            count.bytes += tokenByteCounts[size_t(ids[i])];
    }
    return count;
}

}  // namespace athanor::train
