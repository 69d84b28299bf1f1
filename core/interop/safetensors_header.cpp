// The header of a safetensors file: JSON with doubles refused, and every number checked against every other.
// Thread: pure functions.
#include "core/interop/safetensors.h"

#include <QCoreApplication>
#include <QSet>

#include <nlohmann/json.hpp>

namespace athanor::interop {
namespace {

constexpr int kLargestRank = 32;

struct TypeFacts {
    ElementType type;
    const char *name;
    qint64 bytes;
};
constexpr TypeFacts kTypes[] = {
    {ElementType::Bool, "BOOL", 1},     {ElementType::U8, "U8", 1},     {ElementType::I8, "I8", 1},
    {ElementType::F8E4M3, "F8_E4M3", 1}, {ElementType::F8E5M2, "F8_E5M2", 1}, {ElementType::U16, "U16", 2},
    {ElementType::I16, "I16", 2},       {ElementType::F16, "F16", 2},   {ElementType::BF16, "BF16", 2},
    {ElementType::U32, "U32", 4},       {ElementType::I32, "I32", 4},   {ElementType::F32, "F32", 4},
    {ElementType::U64, "U64", 8},       {ElementType::I64, "I64", 8},   {ElementType::F64, "F64", 8},
};

const TypeFacts &factsOf(ElementType type)
{
    for (const TypeFacts &facts : kTypes) {
        if (facts.type == type)
            return facts;
    }
    return kTypes[0];
}

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

tl::unexpected<Error> corrupt(const QString &what)
{
    return fail(ErrorCode::Corrupt, tr("The safetensors header is broken: %1.").arg(what),
                tr("Copy or download the file again; if it comes from a stopped program, use an earlier one."));
}

/// Takes the events of nlohmann's parser. The grammar is small and flat, so a state machine both reads it and
/// refuses everything else (deeper nesting, other types, doubled keys) without building a tree.
class HeaderReader final : public nlohmann::json_sax<nlohmann::json> {
public:
    HeaderReader(std::vector<TensorEntry> &entries, QMap<QString, QString> &metadata)
        : m_entries(entries), m_metadata(metadata)
    {
    }
    Error error;

    bool null() override { return refuse(tr("a null where a value belongs")); }
    bool boolean(bool) override { return refuse(tr("a boolean where none belongs")); }
    bool number_float(double, const std::string &text) override
    {
        return refuse(tr("the number %1 is not a whole one of 64 bits").arg(QString::fromStdString(text)));
    }
    bool number_integer(std::int64_t value) override { return refuse(tr("the negative number %1").arg(value)); }
    bool number_unsigned(std::uint64_t value) override
    {
        if (value > std::uint64_t(std::numeric_limits<qint64>::max()))
            return refuse(tr("the number %1 is too large").arg(value));
        if (m_place == Place::Shape)
            m_entry.shape.push_back(qint64(value));
        else if (m_place == Place::Offsets)
            m_offsets.push_back(qint64(value));
        else
            return refuse(tr("a number where none belongs"));
        if (m_entry.shape.size() > kLargestRank)
            return refuse(tr("“%1” has more than %2 dimensions").arg(m_entry.name).arg(kLargestRank));
        return m_offsets.size() <= 2 || refuse(tr("more than two offsets for “%1”").arg(m_entry.name));
    }
    bool string(std::string &value) override
    {
        const QString text = QString::fromStdString(value);
        if (m_place == Place::Metadata) {
            m_metadata.insert(m_key, text);
            return true;
        }
        if (m_place == Place::Tensor && m_key == QLatin1String("dtype"))
            return takeType(text);
        return refuse(tr("the text “%1” where none belongs").arg(text.left(60)));
    }
    bool binary(nlohmann::json::binary_t &) override { return refuse(tr("binary data")); }
    bool start_object(std::size_t) override
    {
        if (m_place == Place::Start) {
            m_place = Place::Top;
            return true;
        }
        if (m_place != Place::Top)
            return refuse(tr("an object where none belongs"));
        m_place = m_key == QLatin1String("__metadata__") ? Place::Metadata : Place::Tensor;
        m_entry = TensorEntry{m_key, ElementType::F32, {}, 0, 0};
        m_offsets.clear();
        m_innerKeys.clear();
        return true;
    }
    bool key(std::string &value) override
    {
        m_key = QString::fromStdString(value);
        QSet<QString> &known = m_place == Place::Top ? m_topKeys : m_innerKeys;
        if (known.contains(m_key))
            return refuse(tr("“%1” stands in it twice").arg(m_key.left(80)));
        known.insert(m_key);
        const bool isKnown = m_key == QLatin1String("dtype") || m_key == QLatin1String("shape")
                             || m_key == QLatin1String("data_offsets");
        return m_place != Place::Tensor || isKnown
               || refuse(tr("“%1” has the unknown entry “%2”").arg(m_entry.name, m_key.left(80)));
    }
    bool end_object() override
    {
        if (m_place == Place::Tensor && !closeTensor())
            return false;
        m_place = m_place == Place::Top ? Place::End : Place::Top;
        return true;
    }
    bool start_array(std::size_t) override
    {
        if (m_place == Place::Tensor && m_key == QLatin1String("shape"))
            m_place = Place::Shape;
        else if (m_place == Place::Tensor && m_key == QLatin1String("data_offsets"))
            m_place = Place::Offsets;
        else
            return refuse(tr("a list where none belongs"));
        return true;
    }
    bool end_array() override
    {
        m_place = Place::Tensor;
        return true;
    }
    bool parse_error(std::size_t position, const std::string &, const nlohmann::detail::exception &) override
    {
        return refuse(tr("no valid JSON in UTF-8 at byte %1").arg(position));
    }

private:
    enum class Place { Start, Top, Metadata, Tensor, Shape, Offsets, End };

    bool refuse(const QString &what)
    {
        error = corrupt(what).value();
        return false;
    }
    bool takeType(const QString &name)
    {
        for (const TypeFacts &facts : kTypes) {
            if (name == QLatin1String(facts.name)) {
                m_entry.type = facts.type;
                return true;
            }
        }
        error = Error{ErrorCode::Unsupported,
                      tr("“%1” has elements of the type “%2”, which Athanor does not read.")
                          .arg(m_entry.name, name.left(40)),
                      tr("Convert the file to F32, F16 or BF16."), {}};
        return false;
    }
    bool closeTensor()
    {
        for (const char *key : {"dtype", "shape", "data_offsets"}) {
            if (!m_innerKeys.contains(QLatin1String(key)))
                return refuse(tr("“%1” has no %2").arg(m_entry.name, QLatin1String(key)));
        }
        if (m_offsets.size() != 2 || m_offsets[1] < m_offsets[0])
            return refuse(tr("“%1” ends before it begins").arg(m_entry.name));
        m_entry.begin = m_offsets[0];
        m_entry.byteCount = m_offsets[1] - m_offsets[0];
        m_entries.push_back(m_entry);
        return true;
    }

    std::vector<TensorEntry> &m_entries;
    QMap<QString, QString> &m_metadata;
    Place m_place = Place::Start;
    TensorEntry m_entry;
    std::vector<qint64> m_offsets;
    QString m_key;
    QSet<QString> m_topKeys, m_innerKeys;
};

Status checkSize(const TensorEntry &entry)
{
    ATHANOR_ASSIGN(const qint64 count, elementCount(entry.shape));
    qint64 bytes = 0;
    if (__builtin_mul_overflow(count, elementBytes(entry.type), &bytes))
        return fail(ErrorCode::LimitExceeded, tr("“%1” is larger than any file can be.").arg(entry.name));
    if (bytes != entry.byteCount)
        return corrupt(tr("“%1” has %2 bytes, and its shape and type need %3")
                           .arg(entry.name).arg(entry.byteCount).arg(bytes));
    return {};
}

/// The reference wants the bytes covered exactly: no hole, no overlap, nothing left over.
Status checkLayout(const std::vector<TensorEntry> &entries, qint64 dataBytes)
{
    qint64 expected = 0;
    for (const TensorEntry &entry : entries) {
        if (entry.begin != expected)
            return corrupt(tr("“%1” begins at byte %2 and should at %3 (a hole or an overlap)")
                               .arg(entry.name).arg(entry.begin).arg(expected));
        expected = entry.begin + entry.byteCount;
        if (expected > dataBytes)
            return corrupt(tr("“%1” ends at byte %2, and the file has only %3 bytes of data")
                               .arg(entry.name).arg(expected).arg(dataBytes));
        ATHANOR_TRY(checkSize(entry));
    }
    if (expected != dataBytes)
        return corrupt(tr("%1 bytes at the end belong to no tensor").arg(dataBytes - expected));
    return {};
}

}  // namespace

qint64 elementBytes(ElementType type) { return factsOf(type).bytes; }
QString elementTypeName(ElementType type) { return QLatin1String(factsOf(type).name); }

Result<qint64> elementCount(const std::vector<qint64> &shape)
{
    qint64 count = 1;
    bool isEmpty = false;
    for (qint64 size : shape) {
        if (size < 0 || (size > 0 && __builtin_mul_overflow(count, size, &count)))
            return fail(ErrorCode::LimitExceeded, tr("A shape has more elements than 63 bits can count."));
        isEmpty = isEmpty || size == 0;
    }
    return isEmpty ? 0 : count;
}

Status parseSafetensorsHeader(QByteArrayView header, qint64 dataBytes, std::vector<TensorEntry> &entries,
                              QMap<QString, QString> &metadata)
{
    entries.clear();
    metadata.clear();
    if (header.isEmpty() || header[0] != '{')
        return corrupt(tr("it does not begin with “{”"));
    HeaderReader reader(entries, metadata);
    if (!nlohmann::json::sax_parse(header.begin(), header.end(), &reader))
        return fail(reader.error);
    std::stable_sort(entries.begin(), entries.end(), [](const TensorEntry &a, const TensorEntry &b) {
        return std::pair(a.begin, a.begin + a.byteCount) < std::pair(b.begin, b.begin + b.byteCount);
    });
    return checkLayout(entries, dataBytes);
}

}  // namespace athanor::interop
