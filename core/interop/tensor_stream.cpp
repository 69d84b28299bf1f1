// See tensor_stream.h.
#include "core/interop/tensor_stream.h"

#include "core/interop/element_conversion.h"

#include <QCoreApplication>

#include <cmath>

namespace athanor::interop {
namespace {

constexpr qint64 kPiece = qint64(1) << 20;  // numbers at once

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

bool isFloating(ElementType type)
{
    return type == ElementType::F32 || type == ElementType::F16 || type == ElementType::BF16 || type == ElementType::F64;
}

class Stream {
public:
    Stream(const WeightSource &source, const TensorMove &move, ElementType type, const ByteSink &sink)
        : m_source(source), m_move(move), m_type(type), m_sink(sink)
    {
    }

    Status run()
    {
        std::vector<const WeightEntry *> entries;
        for (const TensorMove::Source &part : m_move.sources) {
            entries.push_back(m_source.find(part.name));
            if (!entries.back())
                return fail(ErrorCode::Internal, tr("There is no tensor “%1”.").arg(part.name));
        }
        if (m_move.transposed)
            return transpose(*entries[0]);
        for (const RowRun &run : m_move.rows)
            ATHANOR_TRY(pass(*entries[run.source], run.first * m_move.rowLength, run.count * m_move.rowLength));
        return {};
    }

private:
    // Elements [first, first + count) as they are, or through f32.
    Status pass(const WeightEntry &entry, qint64 first, qint64 count)
    {
        if (entry.element == m_type) {
            ATHANOR_ASSIGN(const QByteArrayView bytes, m_source.bytes(entry));
            const qint64 size = elementBytes(m_type);
            return m_sink(bytes.sliced(first * size, count * size));
        }
        for (qint64 done = 0; done < count; done += kPiece) {
            const qint64 some = std::min(kPiece, count - done);
            m_numbers.resize(size_t(some));
            ATHANOR_TRY(m_source.readF32(entry, first + done, some, m_numbers.data()));
            ATHANOR_TRY(emitNumbers(entry));
        }
        return {};
    }

    Status emitNumbers(const WeightEntry &entry)
    {
        if (m_type == ElementType::F16)
            for (const float value : m_numbers)
                if (std::abs(value) >= 65520.0f && std::isfinite(value))
                    return fail(ErrorCode::LimitExceeded, tr("“%1” holds %2, which is too large for f16.").arg(entry.name).arg(double(value)),
                                tr("Choose bf16 or f32."));
        m_bytes.resize(qsizetype(m_numbers.size()) * elementBytes(m_type));
        ATHANOR_TRY(convertFromF32(m_numbers.data(), qint64(m_numbers.size()), m_type, m_bytes.data()));
        return m_sink(m_bytes);
    }

    // (R, C) to (C, R): columns in groups whose result is about one piece.
    Status transpose(const WeightEntry &entry)
    {
        const qint64 r = entry.shape[0], c = entry.shape[1];
        std::vector<float> all;
        if (entry.element != m_type) {
            all.resize(size_t(r * c));
            ATHANOR_TRY(m_source.readF32(entry, 0, r * c, all.data()));
        }
        const qint64 group = std::clamp<qint64>(kPiece / std::max<qint64>(r, 1), 1, std::max<qint64>(c, 1));
        QByteArrayView bytes;
        if (entry.element == m_type) {
            ATHANOR_ASSIGN(bytes, m_source.bytes(entry));
        }
        for (qint64 begin = 0; begin < c; begin += group) {
            const qint64 end = std::min(c, begin + group);
            if (all.empty())
                ATHANOR_TRY(emitColumns(bytes, r, c, begin, end));
            else
                ATHANOR_TRY(emitColumns(entry, all, r, c, begin, end));
        }
        return {};
    }

    Status emitColumns(QByteArrayView bytes, qint64 r, qint64 c, qint64 begin, qint64 end)
    {
        const qint64 size = elementBytes(m_type);
        m_bytes.resize((end - begin) * r * size);
        for (qint64 row = 0; row < r; ++row)
            for (qint64 column = begin; column < end; ++column)
                std::memcpy(m_bytes.data() + ((column - begin) * r + row) * size, bytes.data() + (row * c + column) * size, size_t(size));
        return m_sink(m_bytes);
    }

    Status emitColumns(const WeightEntry &entry, const std::vector<float> &all, qint64 r, qint64 c, qint64 begin, qint64 end)
    {
        m_numbers.resize(size_t((end - begin) * r));
        for (qint64 row = 0; row < r; ++row)
            for (qint64 column = begin; column < end; ++column)
                m_numbers[size_t((column - begin) * r + row)] = all[size_t(row * c + column)];
        return emitNumbers(entry);
    }

    const WeightSource &m_source;
    const TensorMove &m_move;
    ElementType m_type;
    const ByteSink &m_sink;
    std::vector<float> m_numbers;
    QByteArray m_bytes;
};

}  // namespace

Status streamTensor(const WeightSource &source, const TensorMove &move, ElementType type, const ByteSink &sink)
{
    return Stream(source, move, type, sink).run();
}

Result<ElementType> storedType(const WeightSource &source, const TensorMove &move)
{
    std::optional<ElementType> type;
    for (const TensorMove::Source &part : move.sources) {
        const WeightEntry *entry = source.find(part.name);
        if (!entry)
            return fail(ErrorCode::Internal, tr("There is no tensor “%1”.").arg(part.name));
        ElementType own = entry->element.value_or(ElementType::F16);
        if (!isFloating(own))
            return fail(ErrorCode::Unsupported, tr("“%1” is stored as %2, which is no floating-point format.").arg(entry->name, entry->typeName),
                        tr("Weights quantised in this way cannot be read; choose the model in bf16, f16 or f32."));
        if (own == ElementType::F64)
            own = ElementType::F32;
        type = !type || *type == own ? own : ElementType::F32;
    }
    return type.value_or(ElementType::F32);
}

}  // namespace athanor::interop
