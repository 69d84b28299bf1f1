// The stack machine of the pickle: opcodes to plain values. Thread: one object, one pickle.
#include "core/interop/pickle_machine.h"

#include <QCoreApplication>
#include <QStringDecoder>
#include <QtEndian>

#include <array>
#include <bit>

namespace athanor::interop {
namespace {

constexpr qsizetype kLargestPickle = 256 * 1024 * 1024, kMostItems = 16'000'000;
constexpr size_t kMostNodes = 4'000'000, kMostOnStack = 1'000'000, kMostMarks = 1'000;
constexpr qsizetype kLongestText = 1024 * 1024, kLongestName = 512;
constexpr uchar kStop = '.';

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

tl::unexpected<Error> beyondLimit(const QString &what)
{
    return fail(ErrorCode::LimitExceeded, tr("The checkpoint's pickle goes beyond what is read: %1.").arg(what),
                tr("Get the model as safetensors."));
}

bool isValidUtf8(QByteArrayView bytes, QString &text)
{
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    text = decoder(bytes);
    return !decoder.hasError();
}

}  // namespace

const PickleMachine::Opcode PickleMachine::kOpcodes[] = {
    {0x80, "PROTO", &PickleMachine::proto},          {0x95, "FRAME", &PickleMachine::frame},
    {'(', "MARK", &PickleMachine::mark},             {'0', "POP", &PickleMachine::popOne},
    {'1', "POP_MARK", &PickleMachine::popMark},      {'2', "DUP", &PickleMachine::duplicate},
    {'N', "NONE", &PickleMachine::none},             {0x88, "NEWTRUE", &PickleMachine::yes},
    {0x89, "NEWFALSE", &PickleMachine::no},          {'J', "BININT", &PickleMachine::int4},
    {'K', "BININT1", &PickleMachine::int1},          {'M', "BININT2", &PickleMachine::int2},
    {0x8a, "LONG1", &PickleMachine::long1},          {0x8b, "LONG4", &PickleMachine::long4},
    {'G', "BINFLOAT", &PickleMachine::real},         {0x8c, "SHORT_BINUNICODE", &PickleMachine::text1},
    {'X', "BINUNICODE", &PickleMachine::text4},      {0x8d, "BINUNICODE8", &PickleMachine::text8},
    {'U', "SHORT_BINSTRING", &PickleMachine::text1}, {'T', "BINSTRING", &PickleMachine::text4},
    {'C', "SHORT_BINBYTES", &PickleMachine::bytes1}, {'B', "BINBYTES", &PickleMachine::bytes4},
    {0x8e, "BINBYTES8", &PickleMachine::bytes8},     {0x96, "BYTEARRAY8", &PickleMachine::bytes8},
    {')', "EMPTY_TUPLE", &PickleMachine::emptyTuple}, {'t', "TUPLE", &PickleMachine::tuple},
    {0x85, "TUPLE1", &PickleMachine::tuple1},        {0x86, "TUPLE2", &PickleMachine::tuple2},
    {0x87, "TUPLE3", &PickleMachine::tuple3},        {']', "EMPTY_LIST", &PickleMachine::emptyList},
    {'a', "APPEND", &PickleMachine::append},         {'e', "APPENDS", &PickleMachine::appends},
    {'l', "LIST", &PickleMachine::list},             {'}', "EMPTY_DICT", &PickleMachine::emptyDictionary},
    {'d', "DICT", &PickleMachine::dictionary},       {'s', "SETITEM", &PickleMachine::setItem},
    {'u', "SETITEMS", &PickleMachine::setItems},     {0x8f, "EMPTY_SET", &PickleMachine::emptySet},
    {0x90, "ADDITEMS", &PickleMachine::addItems},    {0x91, "FROZENSET", &PickleMachine::frozenSet},
    {'q', "BINPUT", &PickleMachine::put1},           {'r', "LONG_BINPUT", &PickleMachine::put4},
    {0x94, "MEMOIZE", &PickleMachine::memoize},      {'h', "BINGET", &PickleMachine::get1},
    {'j', "LONG_BINGET", &PickleMachine::get4},      {'c', "GLOBAL", &PickleMachine::global},
    {0x93, "STACK_GLOBAL", &PickleMachine::stackGlobal}, {'R', "REDUCE", &PickleMachine::reduce},
    {'b', "BUILD", &PickleMachine::build},           {'Q', "BINPERSID", &PickleMachine::persistent},
    {'I', "INT", nullptr},                           {'L', "LONG", nullptr},
    {'F', "FLOAT", nullptr},                         {'S', "STRING", nullptr},
    {'V', "UNICODE", nullptr},                       {'p', "PUT", nullptr},
    {'g', "GET", nullptr},                           {'P', "PERSID", nullptr},
    {'i', "INST", nullptr},                          {'o', "OBJ", nullptr},
    {0x81, "NEWOBJ", nullptr},                       {0x92, "NEWOBJ_EX", nullptr},
    {0x82, "EXT1", nullptr},                         {0x83, "EXT2", nullptr},
    {0x84, "EXT4", nullptr},                         {0x97, "NEXT_BUFFER", nullptr},
    {0x98, "READONLY_BUFFER", nullptr},
};

const PickleMachine::Opcode *PickleMachine::opcode(uchar code)
{
    static const auto table = [] {
        std::array<const Opcode *, 256> places{};
        for (const Opcode &known : kOpcodes)
            places[known.code] = &known;
        return places;
    }();
    return table[code];
}

Result<PickleTree> PickleMachine::run()
{
    if (m_bytes.size() > kLargestPickle)
        return beyondLimit(tr("it has %1 bytes, and at most %2 are read").arg(m_bytes.size()).arg(kLargestPickle));
    for (;;) {
        ATHANOR_ASSIGN(const QByteArrayView byte, take(1));
        const auto code = uchar(byte[0]);
        if (code == kStop)
            break;
        const Opcode *known = opcode(code);
        if (!known)
            return corrupt(tr("the unknown opcode 0x%1").arg(code, 2, 16, QLatin1Char('0')));
        if (!known->step)
            return fail(ErrorCode::Unsupported,
                        tr("The checkpoint's pickle uses %1 at byte %2, which weights saved by PyTorch do not need.")
                            .arg(QLatin1String(known->name)).arg(m_at - 1),
                        tr("Get the model as safetensors, or save only its state_dict()."));
        ATHANOR_TRY((this->*known->step)());
    }
    ATHANOR_ASSIGN(m_tree.root, pop());
    m_tree.consumed = m_at;
    return std::move(m_tree);
}

tl::unexpected<Error> PickleMachine::corrupt(const QString &what) const
{
    return fail(ErrorCode::Corrupt, tr("The checkpoint's pickle is broken before byte %1: %2.").arg(m_at).arg(what),
                tr("Copy or download the file again."));
}

Result<QByteArrayView> PickleMachine::take(quint64 byteCount)
{
    if (byteCount > quint64(m_bytes.size() - m_at))
        return corrupt(tr("%1 bytes are needed and %2 left").arg(byteCount).arg(m_bytes.size() - m_at));
    const QByteArrayView taken = m_bytes.sliced(m_at, qsizetype(byteCount));
    m_at += qsizetype(byteCount);
    return taken;
}

Result<quint64> PickleMachine::number(int byteCount)
{
    ATHANOR_ASSIGN(const QByteArrayView bytes, take(quint64(byteCount)));
    quint64 value = 0;
    for (int i = 0; i < byteCount; ++i)
        value |= quint64(uchar(bytes[i])) << (8 * i);
    return value;
}

Result<QByteArrayView> PickleMachine::line()
{
    const qsizetype end = m_bytes.sliced(m_at, qMin(m_bytes.size() - m_at, kLongestName)).indexOf('\n');
    if (end < 0)
        return corrupt(tr("a name has no end"));
    ATHANOR_ASSIGN(const QByteArrayView text, take(quint64(end) + 1));
    return text.chopped(1);
}

Result<QByteArrayView> PickleMachine::counted(int lengthBytes)
{
    ATHANOR_ASSIGN(const quint64 length, number(lengthBytes));
    return take(length);
}

Result<quint32> PickleMachine::pop()
{
    if (m_stack.empty() || (!m_marks.empty() && m_marks.back() == m_stack.size()))
        return corrupt(tr("a value is used that is not there"));
    const quint32 place = m_stack.back();
    m_stack.pop_back();
    return place;
}

Result<std::vector<quint32>> PickleMachine::popToMark()
{
    if (m_marks.empty())
        return corrupt(tr("a list ends that did not begin"));
    const size_t height = m_marks.back();
    m_marks.pop_back();
    return popSome(m_stack.size() - height);
}

Result<std::vector<quint32>> PickleMachine::popSome(size_t count)
{
    const size_t floor = m_marks.empty() ? 0 : m_marks.back();
    if (m_stack.size() - floor < count)
        return corrupt(tr("a value is used that is not there"));
    m_itemCount += qsizetype(count);
    if (m_itemCount > kMostItems)
        return beyondLimit(tr("its lists have more than %1 elements").arg(kMostItems));
    std::vector<quint32> items(m_stack.end() - std::ptrdiff_t(count), m_stack.end());
    m_stack.resize(m_stack.size() - count);
    return items;
}

Status PickleMachine::push(quint32 place)
{
    if (m_stack.size() >= kMostOnStack)
        return beyondLimit(tr("more than %1 values wait on its stack").arg(kMostOnStack));
    m_stack.push_back(place);
    return {};
}

Status PickleMachine::pushNew(PickleNode node)
{
    if (m_tree.nodes.size() >= kMostNodes)
        return beyondLimit(tr("it has more than %1 values").arg(kMostNodes));
    m_itemCount += qsizetype(node.items.size());
    if (m_itemCount > kMostItems)
        return beyondLimit(tr("its lists have more than %1 elements").arg(kMostItems));
    m_tree.nodes.push_back(std::move(node));
    return push(quint32(m_tree.nodes.size() - 1));
}

Status PickleMachine::pushWhole(qint64 value)
{
    PickleNode node{PickleKind::Whole};
    node.whole = value;
    return pushNew(std::move(node));
}

Status PickleMachine::pushText(QByteArrayView utf8)
{
    if (utf8.size() > kLongestText)
        return beyondLimit(tr("a text has %1 bytes, and at most %2 are read").arg(utf8.size()).arg(kLongestText));
    PickleNode node{PickleKind::Text};
    if (!isValidUtf8(utf8, node.text))
        return corrupt(tr("a text is no UTF-8"));
    return pushNew(std::move(node));
}

Status PickleMachine::pushTuple(std::vector<quint32> items)
{
    PickleNode node{PickleKind::Tuple};
    node.items = std::move(items);
    return pushNew(std::move(node));
}

Status PickleMachine::proto()
{
    ATHANOR_ASSIGN(const quint64 protocol, number(1));
    if (protocol > 5)
        return fail(ErrorCode::NewerVersion, tr("The checkpoint's pickle has protocol %1; up to 5 are read.").arg(protocol),
                    tr("Save it with pickle_protocol=2."));
    return {};
}

Status PickleMachine::frame()
{
    ATHANOR_ASSIGN(const quint64 length, number(8));
    return length <= quint64(m_bytes.size() - m_at) ? Status() : corrupt(tr("a frame is longer than the file"));
}

Status PickleMachine::mark()
{
    if (m_marks.size() >= kMostMarks)
        return beyondLimit(tr("it is nested more than %1 levels").arg(kMostMarks));
    m_marks.push_back(m_stack.size());
    return {};
}

Status PickleMachine::popOne()
{
    if (!m_marks.empty() && m_marks.back() == m_stack.size()) {
        m_marks.pop_back();
        return {};
    }
    ATHANOR_TRY(pop());
    return {};
}

Status PickleMachine::popMark()
{
    ATHANOR_TRY(popToMark());
    return {};
}

Status PickleMachine::duplicate()
{
    ATHANOR_ASSIGN(const quint32 place, pop());
    ATHANOR_TRY(push(place));
    return push(place);
}

Status PickleMachine::none() { return pushNew({}); }

Status PickleMachine::yes()
{
    PickleNode node{PickleKind::Bool};
    node.whole = 1;
    return pushNew(std::move(node));
}

Status PickleMachine::no() { return pushNew(PickleNode{PickleKind::Bool}); }

Status PickleMachine::int4()
{
    ATHANOR_ASSIGN(const quint64 value, number(4));
    return pushWhole(qint32(quint32(value)));
}

Status PickleMachine::int1()
{
    ATHANOR_ASSIGN(const quint64 value, number(1));
    return pushWhole(qint64(value));
}

Status PickleMachine::int2()
{
    ATHANOR_ASSIGN(const quint64 value, number(2));
    return pushWhole(qint64(value));
}

Status PickleMachine::large(int lengthBytes)
{
    ATHANOR_ASSIGN(const QByteArrayView bytes, counted(lengthBytes));
    if (bytes.size() > 8) {
        PickleNode node{PickleKind::Large};
        node.bytes = bytes;
        return pushNew(std::move(node));
    }
    quint64 value = !bytes.isEmpty() && (uchar(bytes.back()) & 0x80) != 0 ? ~quint64(0) : 0;
    for (qsizetype i = bytes.size() - 1; i >= 0; --i)
        value = (value << 8) | uchar(bytes[i]);
    return pushWhole(qint64(value));
}

Status PickleMachine::long1() { return large(1); }
Status PickleMachine::long4() { return large(4); }

Status PickleMachine::real()
{
    ATHANOR_ASSIGN(const QByteArrayView bytes, take(8));
    PickleNode node{PickleKind::Real};
    node.real = std::bit_cast<double>(qFromBigEndian<quint64>(bytes.data()));
    return pushNew(std::move(node));
}

Status PickleMachine::text1()
{
    ATHANOR_ASSIGN(const QByteArrayView text, counted(1));
    return pushText(text);
}

Status PickleMachine::text4()
{
    ATHANOR_ASSIGN(const QByteArrayView text, counted(4));
    return pushText(text);
}

Status PickleMachine::text8()
{
    ATHANOR_ASSIGN(const QByteArrayView text, counted(8));
    return pushText(text);
}

Status PickleMachine::bytesOf(int lengthBytes)
{
    PickleNode node{PickleKind::Bytes};
    ATHANOR_ASSIGN(node.bytes, counted(lengthBytes));
    return pushNew(std::move(node));
}

Status PickleMachine::bytes1() { return bytesOf(1); }
Status PickleMachine::bytes4() { return bytesOf(4); }
Status PickleMachine::bytes8() { return bytesOf(8); }

Result<PickleTree> readPickle(QByteArrayView bytes) { return PickleMachine(bytes).run(); }

}  // namespace athanor::interop
