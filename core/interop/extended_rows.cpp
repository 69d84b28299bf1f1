#include "core/interop/extended_rows.h"

#include "core/interop/element_conversion.h"

#include <QCoreApplication>

#include <algorithm>

namespace athanor::interop {

namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

// The mean in double, of the rows that are named, or of all of them.
std::vector<float> meanRow(QByteArrayView rows, ElementType type, qint64 columns, const std::vector<tokenizer::TokenId> &ids)
{
    const qint64 rowBytes = columns * elementBytes(type);
    const qint64 count = ids.empty() ? rows.size() / rowBytes : qint64(ids.size());
    std::vector<double> sum(size_t(columns), 0.0);
    std::vector<float> row(size_t(columns), 0.0F);
    for (qint64 i = 0; i < count; ++i) {
        convertToF32(type, rows.data() + (ids.empty() ? i : qint64(ids[size_t(i)])) * rowBytes, columns, row.data());
        std::transform(row.begin(), row.end(), sum.begin(), sum.begin(), [](float value, double total) { return total + double(value); });
    }
    std::transform(sum.begin(), sum.end(), row.begin(), [count](double total) { return float(total / double(count)); });
    return row;
}

}  // namespace

Result<QByteArray> extendedRows(QByteArrayView rows, ElementType type, qint64 columns, const std::vector<tokenizer::NewToken> &added)
{
    constexpr qint64 kMostColumns = qint64(1) << 24;
    const qint64 rowBytes = columns > 0 && columns <= kMostColumns ? columns * elementBytes(type) : 0;
    if (rowBytes == 0 || rows.isEmpty() || rows.size() % rowBytes != 0)
        return fail(ErrorCode::InvalidInput, tr("%1 bytes are no whole number of rows of %2 elements.").arg(rows.size()).arg(columns));
    if (type != ElementType::F32 && type != ElementType::F16 && type != ElementType::BF16)
        return fail(ErrorCode::Unsupported, tr("Rows of type %1 cannot be made.").arg(elementTypeName(type)), tr("Use weights in F32, F16 or BF16."));
    const qint64 count = rows.size() / rowBytes;
    qint64 last = count - 1;
    for (const tokenizer::NewToken &token : added) {
        last = std::max<qint64>(last, token.id);
        const bool isKnown = std::all_of(token.madeOf.begin(), token.madeOf.end(), [count](tokenizer::TokenId id) { return id >= 0 && id < count; });
        if (token.id < 0 || token.id >= count + qint64(added.size()) || !isKnown)
            return fail(ErrorCode::InvalidInput, tr("The token “%1” does not belong to an embedding of %2 rows.").arg(QString::fromUtf8(token.text)).arg(count));
    }
    QByteArray out = rows.toByteArray();
    out.append((last - count + 1) * rowBytes, '\0');
    for (const tokenizer::NewToken &token : added)
        ATHANOR_TRY(convertFromF32(meanRow(rows, type, columns, token.madeOf).data(), columns, type, out.data() + token.id * rowBytes));
    return out;
}

}  // namespace athanor::interop
