// See family_names.h.
#include "core/adapt/family_names.h"

#include "core/interop/exchange.h"
#include "core/model/architecture.h"
#include "core/model/dimensions.h"
#include "core/model/label_head.h"

#include <algorithm>

namespace athanor::adapt {

namespace {

QString withoutSuffix(QString name)
{
    if (name.endsWith(QLatin1String(".weight")))
        name.chop(7);
    return name;
}

// Rows of ours in the order of theirs.
std::vector<int64_t> rowsOf(const interop::TensorMove &move)
{
    std::vector<int64_t> rows;
    for (const interop::RowRun &run : move.rows)
        for (qint64 row = run.first; row < run.first + run.count; ++row)
            rows.push_back(row);
    return rows;
}

// A matrix of theirs made of neighbouring rows of one of ours, in whatever order; nothing for others.
std::optional<FamilyMatrix> matrixOf(const interop::TensorMove &move)
{
    if (move.sources.size() != 1 || move.shape.size() != 2 || move.sources[0].shape.size() != 2)
        return std::nullopt;
    FamilyMatrix matrix{move.sources[0].name, withoutSuffix(move.name), 0, move.sources[0].shape[0], move.transposed, {}};
    if (move.transposed)
        return matrix;
    const std::vector<int64_t> rows = rowsOf(move);
    if (rows.empty())
        return std::nullopt;
    const auto [least, most] = std::minmax_element(rows.begin(), rows.end());
    matrix.rowBegin = *least;
    matrix.rowEnd = *most + 1;
    if (int64_t(rows.size()) != matrix.rowEnd - matrix.rowBegin)
        return std::nullopt;
    if (std::is_sorted(rows.begin(), rows.end()))
        return matrix;
    matrix.rowOrder.resize(rows.size());
    for (size_t theirs = 0; theirs < rows.size(); ++theirs)
        matrix.rowOrder[size_t(rows[theirs] - matrix.rowBegin)] = int64_t(theirs);
    return matrix;
}

// What the family calls each of the architecture's tensors; nothing where it is known here only.
Result<std::vector<interop::TensorMove>> movesOf(const plugin::Catalogue &plugins, const QJsonObject &architecture, QStringList *labelModules = nullptr)
{
    const QJsonObject choices = architecture.value(QLatin1String("choices")).toObject();
    if (choices.isEmpty())
        return std::vector<interop::TensorMove>();
    const auto exchange = interop::Exchange::of(plugins, architecture.value(QLatin1String("architecture")).toString());
    if (!exchange && exchange.error().code == ErrorCode::NotFound)
        return std::vector<interop::TensorMove>();
    if (!exchange)
        return fail(exchange.error());
    if (!exchange->knows(interop::ExchangeForm::HuggingFace))
        return std::vector<interop::TensorMove>();
    if (labelModules)
        *labelModules = exchange->labelModules();
    const qint64 vocabulary = model::dimension(architecture, "vocabulary");
    return exchange->writeMoves(interop::ExchangeForm::HuggingFace, choices, vocabulary, model::labelsOf(architecture).size());
}

}  // namespace

Result<std::vector<FamilyMatrix>> familyMatrices(const plugin::Catalogue &plugins, const QJsonObject &architecture)
{
    std::vector<FamilyMatrix> matrices;
    ATHANOR_ASSIGN(const std::vector<interop::TensorMove> moves, movesOf(plugins, architecture));
    for (const interop::TensorMove &move : moves)
        if (const auto matrix = matrixOf(move))
            matrices.push_back(*matrix);
    return matrices;
}

Result<FamilyHead> familyLabelHead(const plugin::Catalogue &plugins, const QJsonObject &architecture)
{
    FamilyHead head;
    if (model::labelHeadLayers(architecture).isEmpty())
        return head;
    ATHANOR_ASSIGN(const std::vector<interop::TensorMove> moves, movesOf(plugins, architecture, &head.modules));
    for (const interop::TensorMove &move : moves) {
        // The family's head, which an older one here may lack a part of.
        const QString layer = move.sources.size() == 1 ? move.sources[0].name.section(QLatin1Char('.'), 0, 0) : QString();
        if (layer == QLatin1String(model::kLabelLayer) || layer == QLatin1String(model::kPoolerLayer))
            head.tensors.emplace_back(move.sources[0].name, move.name);
    }
    return head;
}

}  // namespace athanor::adapt
