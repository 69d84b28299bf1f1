// Parsing and checking a GGUF header. Thread: one.
#include "core/interop/gguf_parser.h"

#include <QCoreApplication>
#include <QStringDecoder>
#include <QtEndian>

namespace athanor::interop {
namespace {

constexpr qint64 kLongestKey = 65'535, kLongestName = 1'024;
constexpr quint64 kMostValues = 100'000, kMostTensors = 1'000'000;
constexpr quint32 kHighestRank = 4;
constexpr qint64 kDefaultAlignment = 32, kLargestAlignment = 1 << 20;
// The shortest value: a key's length, one letter, its kind, one byte. The shortest tensor: one letter, rank 0.
constexpr qsizetype kLeastValueBytes = 8 + 1 + 4 + 1, kLeastTensorBytes = 8 + 1 + 4 + 4 + 8;

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

tl::unexpected<Error> corrupt(const QString &what)
{
    return fail(ErrorCode::Corrupt, tr("The GGUF file is broken: %1.").arg(what), tr("Copy or download it again."));
}

tl::unexpected<Error> beyondLimit(const QString &what)
{
    return fail(ErrorCode::LimitExceeded, tr("The GGUF file goes beyond what is read: %1.").arg(what),
                tr("Copy or download it again; if it is as it should be, it cannot be used here."));
}

/// Bytes of a value of that kind; 0: none of fixed size.
qint64 kindBytes(quint32 kind)
{
    switch (GgufKind(kind)) {
    case GgufKind::U8:
    case GgufKind::I8:
    case GgufKind::Bool:
        return 1;
    case GgufKind::U16:
    case GgufKind::I16:
        return 2;
    case GgufKind::U32:
    case GgufKind::I32:
    case GgufKind::F32:
        return 4;
    case GgufKind::U64:
    case GgufKind::I64:
    case GgufKind::F64:
        return 8;
    default:
        return 0;
    }
}

bool areBooleans(QByteArrayView bytes)
{
    return std::all_of(bytes.begin(), bytes.end(), [](char byte) { return byte == 0 || byte == 1; });
}

qint64 aligned(qint64 position, qint64 alignment) { return (position + alignment - 1) / alignment * alignment; }

}  // namespace

Result<QByteArrayView> GgufParser::take(quint64 byteCount, const QString &what)
{
    if (byteCount > quint64(m_file.size() - m_at))
        return corrupt(tr("%1 needs %2 bytes at byte %3, and the file ends at %4")
                           .arg(what).arg(byteCount).arg(m_at).arg(m_file.size()));
    const QByteArrayView taken = m_file.sliced(m_at, qsizetype(byteCount));
    m_at += qsizetype(byteCount);
    return taken;
}

template <typename T> Result<T> GgufParser::number(const char *what)
{
    ATHANOR_ASSIGN(const QByteArrayView bytes, take(sizeof(T), tr(what)));
    return qFromLittleEndian<T>(bytes.data());
}

Result<QByteArrayView> GgufParser::counted(const QString &what)
{
    ATHANOR_ASSIGN(const quint64 length, number<quint64>("a length"));
    return take(length, what);
}

Result<QString> GgufParser::name(qint64 mostBytes, const QString &what)
{
    ATHANOR_ASSIGN(const QByteArrayView bytes, counted(what));
    if (bytes.isEmpty())
        return corrupt(tr("%1 is empty").arg(what));
    if (bytes.size() > mostBytes)
        return beyondLimit(tr("%1 has %2 bytes, and at most %3 are allowed").arg(what).arg(bytes.size()).arg(mostBytes));
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString text = decoder(bytes);
    if (decoder.hasError() || text.contains(QChar(0)))
        return corrupt(tr("%1 at byte %2 is no text in UTF-8").arg(what).arg(m_at - bytes.size()));
    return text;
}

Status GgufParser::parseStart(quint64 &tensorCount, quint64 &valueCount)
{
    if (m_file.size() < 4 || m_file.first(4) != QByteArrayView("GGUF", 4))
        return corrupt(tr("it does not begin with “GGUF”"));
    m_at = 4;
    ATHANOR_ASSIGN(const quint32 stored, number<quint32>("the version"));
    if ((stored & 0xffff) == 0 && stored != 0)
        return fail(ErrorCode::Unsupported, tr("The GGUF file was written for machines that store the largest byte first."),
                    tr("Get the file for usual machines (little-endian), or convert it with gguf's gguf_convert_endian."));
    if (stored == 1)
        return fail(ErrorCode::Unsupported, tr("The GGUF file has version 1, which is no longer in use."),
                    tr("Get a newer conversion of the model."));
    if (stored < 2 || stored > 3)
        return fail(ErrorCode::Unsupported, tr("The GGUF file has version %1; versions 2 and 3 are read.").arg(stored),
                    tr("Update Athanor, or convert the model to version 3."));
    version = int(stored);
    ATHANOR_ASSIGN(tensorCount, number<quint64>("the number of tensors"));
    ATHANOR_ASSIGN(valueCount, number<quint64>("the number of values"));
    const auto left = quint64(m_file.size() - m_at);
    if (valueCount > left / kLeastValueBytes || tensorCount > left / kLeastTensorBytes)
        return corrupt(tr("it announces %1 values and %2 tensors, and has only %3 bytes")
                           .arg(valueCount).arg(tensorCount).arg(m_file.size()));
    if (valueCount > kMostValues || tensorCount > kMostTensors)
        return beyondLimit(tr("it announces %1 values and %2 tensors; at most %3 and %4 are read")
                               .arg(valueCount).arg(tensorCount).arg(kMostValues).arg(kMostTensors));
    return {};
}

Status GgufParser::parse()
{
    quint64 tensorCount = 0, valueCount = 0;
    ATHANOR_TRY(parseStart(tensorCount, valueCount));
    for (quint64 i = 0; i < valueCount; ++i)
        ATHANOR_TRY(parseValue());
    ATHANOR_TRY(refuseParts());
    for (quint64 i = 0; i < tensorCount; ++i)
        ATHANOR_TRY(parseTensor());
    return placeData();
}

Status GgufParser::parseValue()
{
    ATHANOR_ASSIGN(const QString key, name(kLongestKey, tr("a key")));
    if (values.contains(key))
        return corrupt(tr("the key “%1” stands in it twice").arg(key.left(120)));
    ATHANOR_ASSIGN(const quint32 kind, number<quint32>("the kind of a value"));
    GgufValue value;
    if (GgufKind(kind) == GgufKind::List)
        ATHANOR_TRY(parseList(key, value));
    else
        ATHANOR_TRY(parseScalar(key, kind, value));
    keys.append(key);
    values.insert(key, value);
    return {};
}

Status GgufParser::parseScalar(const QString &key, quint32 kind, GgufValue &value)
{
    value.m_kind = GgufKind(kind);
    if (value.m_kind == GgufKind::Text) {
        ATHANOR_ASSIGN(value.m_bytes, counted(tr("the text of “%1”").arg(key)));
        return {};
    }
    const qint64 bytes = kindBytes(kind);
    if (bytes == 0)
        return corrupt(tr("the value of “%1” is of the unknown kind %2").arg(key).arg(kind));
    ATHANOR_ASSIGN(value.m_bytes, take(quint64(bytes), tr("the value of “%1”").arg(key)));
    if (value.m_kind == GgufKind::Bool && !areBooleans(value.m_bytes))
        return corrupt(tr("“%1” is neither true nor false").arg(key));
    return {};
}

Status GgufParser::parseList(const QString &key, GgufValue &value)
{
    ATHANOR_ASSIGN(const quint32 kind, number<quint32>("the kind of a list"));
    ATHANOR_ASSIGN(const quint64 count, number<quint64>("the length of a list"));
    value.m_isList = true;
    value.m_kind = GgufKind(kind);
    if (value.m_kind == GgufKind::List)
        return fail(ErrorCode::Unsupported, tr("“%1” is a list of lists, which no GGUF model needs.").arg(key.left(120)),
                    tr("Copy or download the file again."));
    const qint64 bytes = value.m_kind == GgufKind::Text ? 8 : kindBytes(kind);
    if (bytes == 0)
        return corrupt(tr("the list “%1” is of the unknown kind %2").arg(key).arg(kind));
    if (count > quint64(m_file.size() - m_at) / quint64(bytes))
        return corrupt(tr("the list “%1” announces %2 elements, and the file ends before").arg(key).arg(count));
    value.m_count = qint64(count);
    const qsizetype start = m_at;
    if (value.m_kind == GgufKind::Text) {
        for (quint64 i = 0; i < count; ++i)
            ATHANOR_TRY(counted(tr("a text of “%1”").arg(key)));
    } else {
        ATHANOR_TRY(take(count * quint64(bytes), tr("the list “%1”").arg(key)));
    }
    value.m_bytes = m_file.sliced(start, m_at - start);
    if (value.m_kind == GgufKind::Bool && !areBooleans(value.m_bytes))
        return corrupt(tr("an element of “%1” is neither true nor false").arg(key));
    return {};
}

Status GgufParser::refuseParts() const
{
    const auto found = values.constFind(QStringLiteral("split.count"));
    const qint64 parts = found == values.constEnd() ? 1 : found->integer().value_or(1);
    if (parts > 1)
        return fail(ErrorCode::Unsupported, tr("The GGUF file is one of %1 parts of a model.").arg(parts),
                    tr("Join the parts first, with llama.cpp's llama-gguf-split --merge."));
    return {};
}

Status GgufParser::parseTensor()
{
    GgufTensor tensor;
    ATHANOR_ASSIGN(tensor.name, name(kLongestName, tr("the name of a tensor")));
    if (byName.contains(tensor.name))
        return corrupt(tr("the tensor “%1” stands in it twice").arg(tensor.name));
    ATHANOR_ASSIGN(const quint32 rank, number<quint32>("the rank of a tensor"));
    if (rank > kHighestRank)
        return beyondLimit(tr("“%1” has %2 dimensions; at most %3 are read").arg(tensor.name).arg(rank).arg(kHighestRank));
    ATHANOR_TRY(takeShape(tensor, rank));
    ATHANOR_ASSIGN(const quint64 begin, number<quint64>("the place of a tensor"));
    if (begin > quint64(m_file.size()))
        return corrupt(tr("“%1” begins at byte %2 of the data, and the file has %3 bytes")
                           .arg(tensor.name).arg(begin).arg(m_file.size()));
    tensor.begin = qint64(begin);
    byName.insert(tensor.name, tensors.size());
    tensors.push_back(std::move(tensor));
    return {};
}

Status GgufParser::takeShape(GgufTensor &tensor, quint32 rank)
{
    for (quint32 i = 0; i < rank; ++i) {
        ATHANOR_ASSIGN(const quint64 size, number<quint64>("a size of a tensor"));
        if (size > quint64(std::numeric_limits<qint64>::max()))
            return beyondLimit(tr("“%1” has the size %2").arg(tensor.name).arg(size));
        tensor.shape.insert(tensor.shape.begin(), qint64(size));
    }
    ATHANOR_ASSIGN(const quint32 id, number<quint32>("the type of a tensor"));
    tensor.type = ggufType(id);
    if (!tensor.type)
        return fail(ErrorCode::Unsupported,
                    tr("“%1” is stored as %2, which Athanor does not read.").arg(tensor.name, ggufTypeName(id)),
                    tr("Get the model as F16, BF16, Q8_0, Q6_K, Q5_K, Q4_K, Q4_0 or another of the common formats; "
                       "llama.cpp's llama-quantize converts with --allow-requantize."));
    auto count = elementCount(tensor.shape);
    if (!count)
        return beyondLimit(tr("the sizes of “%1” multiply to more than 63 bits can count").arg(tensor.name));
    const qint64 row = tensor.shape.empty() ? 1 : tensor.shape.back();
    if (row % tensor.type->blockElements != 0)
        return corrupt(tr("a row of “%1” has %2 elements, and %3 comes in blocks of %4")
                           .arg(tensor.name).arg(row).arg(ggufTypeName(id)).arg(tensor.type->blockElements));
    if (__builtin_mul_overflow(*count / tensor.type->blockElements, tensor.type->blockBytes, &tensor.byteCount))
        return beyondLimit(tr("“%1” is larger than any file can be").arg(tensor.name));
    return {};
}

Status GgufParser::placeData()
{
    qint64 alignment = kDefaultAlignment;
    if (const auto found = values.constFind(QStringLiteral("general.alignment")); found != values.constEnd()) {
        if (found->isList() || found->kind() != GgufKind::U32)
            return corrupt(tr("“general.alignment” is no whole number of 32 bits"));
        alignment = *found->integer();
        if (alignment < 1 || alignment > kLargestAlignment || (alignment & (alignment - 1)) != 0)
            return corrupt(tr("its tensors are to begin at multiples of %1, which is no power of two up to %2")
                               .arg(alignment).arg(kLargestAlignment));
    }
    dataStart = aligned(m_at, alignment);
    return checkLayout(alignment);
}

/// Each tensor begins where the one before ends, rounded up; nothing overlaps and no bytes belong to nobody.
Status GgufParser::checkLayout(qint64 alignment) const
{
    const qint64 dataBytes = qMax(qint64(0), m_file.size() - dataStart);
    std::vector<const GgufTensor *> ordered;
    for (const GgufTensor &tensor : tensors)
        ordered.push_back(&tensor);
    std::stable_sort(ordered.begin(), ordered.end(), [](const GgufTensor *a, const GgufTensor *b) {
        return std::pair(a->begin, a->byteCount) < std::pair(b->begin, b->byteCount);
    });
    qint64 expected = 0;
    for (const GgufTensor *tensor : ordered) {
        if (tensor->begin != expected)
            return corrupt(tr("“%1” begins at byte %2 of the data and should at %3 (a hole or an overlap)")
                               .arg(tensor->name).arg(tensor->begin).arg(expected));
        if (tensor->byteCount > dataBytes - tensor->begin)
            return corrupt(tr("“%1” needs %2 bytes at byte %3 of the data, and the file has only %4 bytes of data")
                               .arg(tensor->name).arg(tensor->byteCount).arg(tensor->begin).arg(dataBytes));
        expected = aligned(tensor->begin + tensor->byteCount, alignment);
    }
    if (dataBytes > expected)
        return corrupt(tr("%1 bytes at the end belong to no tensor").arg(dataBytes - expected));
    return {};
}

}  // namespace athanor::interop
