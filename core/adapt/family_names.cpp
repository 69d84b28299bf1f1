// See family_names.h.
#include "core/adapt/family_names.h"

#include "core/interop/exchange.h"

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

}  // namespace

Result<std::vector<FamilyMatrix>> familyMatrices(const plugin::Catalogue &plugins, const QJsonObject &architecture)
{
    std::vector<FamilyMatrix> matrices;
    const QJsonObject choices = architecture.value(QLatin1String("choices")).toObject();
    if (choices.isEmpty())
        return matrices;
    const auto exchange = interop::Exchange::of(plugins, architecture.value(QLatin1String("architecture")).toString());
    if (!exchange && exchange.error().code == ErrorCode::NotFound)
        return matrices;
    if (!exchange)
        return fail(exchange.error());
    if (!exchange->knows(interop::ExchangeForm::HuggingFace))
        return matrices;
    const qint64 vocabulary = architecture.value(QLatin1String("dimensions")).toObject().value(QLatin1String("vocabulary")).toInteger();
    ATHANOR_ASSIGN(const std::vector<interop::TensorMove> moves,
                   exchange->writeMoves(interop::ExchangeForm::HuggingFace, choices, vocabulary));
    for (const interop::TensorMove &move : moves)
        if (const auto matrix = matrixOf(move))
            matrices.push_back(*matrix);
    return matrices;
}

}  // namespace athanor::adapt
