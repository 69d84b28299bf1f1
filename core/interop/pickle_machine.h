// Inside the pickle reader: the stack machine. Thread: one object, one pickle.
#pragma once

#include "core/interop/pickle_reader.h"

namespace athanor::interop {

class PickleMachine {
public:
    explicit PickleMachine(QByteArrayView bytes) : m_bytes(bytes) {}
    Result<PickleTree> run();

private:
    using Step = Status (PickleMachine::*)();
    struct Opcode {
        uchar code;
        const char *name;
        Step step;  // nullptr: refused
    };
    static const Opcode kOpcodes[];
    static const Opcode *opcode(uchar code);

    Result<QByteArrayView> take(quint64 byteCount);
    Result<quint64> number(int byteCount);  // little-endian
    Result<QByteArrayView> line();
    Result<QByteArrayView> counted(int lengthBytes);
    Result<quint32> pop();
    Result<std::vector<quint32>> popToMark();
    Result<std::vector<quint32>> popSome(size_t count);
    Status push(quint32 place);
    Status pushNew(PickleNode node);
    Status pushWhole(qint64 value);
    Status pushText(QByteArrayView utf8);
    Status pushTuple(std::vector<quint32> items);
    Status remember(quint64 slot);
    Status recall(quint64 slot);
    Status addTo(PickleKind first, PickleKind second, const std::vector<quint32> &items);
    Status large(int lengthBytes);
    tl::unexpected<Error> corrupt(const QString &what) const;

    Status proto();
    Status frame();
    Status mark();
    Status popOne();
    Status popMark();
    Status duplicate();
    Status none();
    Status yes();
    Status no();
    Status int4();
    Status int1();
    Status int2();
    Status long1();
    Status long4();
    Status real();
    Status text1();
    Status text4();
    Status text8();
    Status bytes1();
    Status bytes4();
    Status bytes8();
    Status bytesOf(int lengthBytes);
    Status emptyTuple();
    Status tuple();
    Status tuple1();
    Status tuple2();
    Status tuple3();
    Status emptyList();
    Status append();
    Status appends();
    Status list();
    Status emptyDictionary();
    Status dictionary();
    Status setItem();
    Status setItems();
    Status emptySet();
    Status addItems();
    Status frozenSet();
    Status put1();
    Status put4();
    Status memoize();
    Status get1();
    Status get4();
    Status global();
    Status stackGlobal();
    Status reduce();
    Status build();
    Status persistent();

    QByteArrayView m_bytes;
    qsizetype m_at = 0;
    PickleTree m_tree;
    std::vector<quint32> m_stack;
    std::vector<size_t> m_marks;  // heights of the stack
    QHash<quint64, quint32> m_memo;
    qsizetype m_itemCount = 0;
};

/// A name that checkpoints of weights use, as a node. Unsupported for all others.
Result<PickleNode> pickleName(const QString &module, const QString &name);
/// The value that `function(arguments)` stands for.
Result<PickleNode> pickleCall(const PickleTree &tree, const PickleNode &function, const PickleNode &arguments);
/// ("storage", type, key, place, elements).
Result<PickleNode> pickleStorage(const PickleTree &tree, const PickleNode &id);

}  // namespace athanor::interop
