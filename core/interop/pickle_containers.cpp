// The stack machine of the pickle: lists, dictionaries, the memo, names and calls. Thread: one object, one pickle.
#include "core/interop/pickle_machine.h"

#include <QCoreApplication>

namespace athanor::interop {
namespace {

constexpr qsizetype kMostRemembered = 4'000'000;

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

}  // namespace

const PickleNode *PickleTree::value(const PickleNode &dictionary, const QString &key) const
{
    const PickleNode *found = nullptr;
    for (size_t i = 0; i + 1 < dictionary.items.size() && dictionary.kind == PickleKind::Dictionary; i += 2) {
        const PickleNode &name = nodes[dictionary.items[i]];
        if (name.kind == PickleKind::Text && name.text == key)
            found = &nodes[dictionary.items[i + 1]];
    }
    return found;
}

std::optional<std::vector<qint64>> PickleTree::wholes(const PickleNode &list) const
{
    if (list.kind != PickleKind::Tuple && list.kind != PickleKind::List)
        return {};
    std::vector<qint64> values;
    for (const quint32 place : list.items) {
        if (nodes[place].kind != PickleKind::Whole)
            return {};
        values.push_back(nodes[place].whole);
    }
    return values;
}

Status PickleMachine::emptyTuple() { return pushTuple({}); }

Status PickleMachine::tuple()
{
    ATHANOR_ASSIGN(auto items, popToMark());
    return pushTuple(std::move(items));
}

Status PickleMachine::tuple1()
{
    ATHANOR_ASSIGN(auto items, popSome(1));
    return pushTuple(std::move(items));
}

Status PickleMachine::tuple2()
{
    ATHANOR_ASSIGN(auto items, popSome(2));
    return pushTuple(std::move(items));
}

Status PickleMachine::tuple3()
{
    ATHANOR_ASSIGN(auto items, popSome(3));
    return pushTuple(std::move(items));
}

Status PickleMachine::emptyList() { return pushNew(PickleNode{PickleKind::List}); }
Status PickleMachine::emptyDictionary() { return pushNew(PickleNode{PickleKind::Dictionary}); }
Status PickleMachine::emptySet() { return pushNew(PickleNode{PickleKind::Set}); }

/// Adds to the value on top of the stack, which must be of one of the two kinds.
Status PickleMachine::addTo(PickleKind first, PickleKind second, const std::vector<quint32> &items)
{
    ATHANOR_ASSIGN(const quint32 place, pop());
    PickleNode &target = m_tree.nodes[place];
    if (target.kind != first && target.kind != second)
        return corrupt(tr("something is added to a value that takes nothing"));
    if (first == PickleKind::Dictionary && items.size() % 2 != 0)
        return corrupt(tr("a key has no value"));
    target.items.insert(target.items.end(), items.begin(), items.end());
    return push(place);
}

Status PickleMachine::append()
{
    ATHANOR_ASSIGN(const auto items, popSome(1));
    return addTo(PickleKind::List, PickleKind::Set, items);
}

Status PickleMachine::appends()
{
    ATHANOR_ASSIGN(const auto items, popToMark());
    return addTo(PickleKind::List, PickleKind::Set, items);
}

Status PickleMachine::addItems()
{
    ATHANOR_ASSIGN(const auto items, popToMark());
    return addTo(PickleKind::Set, PickleKind::Set, items);
}

Status PickleMachine::setItem()
{
    ATHANOR_ASSIGN(const auto items, popSome(2));
    return addTo(PickleKind::Dictionary, PickleKind::Dictionary, items);
}

Status PickleMachine::setItems()
{
    ATHANOR_ASSIGN(const auto items, popToMark());
    return addTo(PickleKind::Dictionary, PickleKind::Dictionary, items);
}

Status PickleMachine::list()
{
    PickleNode node{PickleKind::List};
    ATHANOR_ASSIGN(node.items, popToMark());
    return pushNew(std::move(node));
}

Status PickleMachine::frozenSet()
{
    PickleNode node{PickleKind::Set};
    ATHANOR_ASSIGN(node.items, popToMark());
    return pushNew(std::move(node));
}

Status PickleMachine::dictionary()
{
    PickleNode node{PickleKind::Dictionary};
    ATHANOR_ASSIGN(node.items, popToMark());
    return node.items.size() % 2 == 0 ? pushNew(std::move(node)) : corrupt(tr("a key has no value"));
}

Status PickleMachine::remember(quint64 slot)
{
    ATHANOR_ASSIGN(const quint32 place, pop());
    m_memo.insert(slot, place);
    if (m_memo.size() > kMostRemembered)
        return fail(ErrorCode::LimitExceeded, tr("The checkpoint's pickle remembers more than %1 values.").arg(kMostRemembered),
                    tr("Get the model as safetensors."));
    return push(place);
}

Status PickleMachine::recall(quint64 slot)
{
    const auto found = m_memo.constFind(slot);
    return found == m_memo.constEnd() ? corrupt(tr("the value %1 was never remembered").arg(slot)) : push(*found);
}

Status PickleMachine::put1()
{
    ATHANOR_ASSIGN(const quint64 slot, number(1));
    return remember(slot);
}

Status PickleMachine::put4()
{
    ATHANOR_ASSIGN(const quint64 slot, number(4));
    return remember(slot);
}

Status PickleMachine::memoize() { return remember(quint64(m_memo.size())); }

Status PickleMachine::get1()
{
    ATHANOR_ASSIGN(const quint64 slot, number(1));
    return recall(slot);
}

Status PickleMachine::get4()
{
    ATHANOR_ASSIGN(const quint64 slot, number(4));
    return recall(slot);
}

Status PickleMachine::global()
{
    ATHANOR_ASSIGN(const QByteArrayView module, line());
    ATHANOR_ASSIGN(const QByteArrayView name, line());
    ATHANOR_ASSIGN(PickleNode node, pickleName(QString::fromUtf8(module), QString::fromUtf8(name)));
    return pushNew(std::move(node));
}

Status PickleMachine::stackGlobal()
{
    ATHANOR_ASSIGN(const auto names, popSome(2));
    const PickleNode &module = m_tree[names[0]], &name = m_tree[names[1]];
    if (module.kind != PickleKind::Text || name.kind != PickleKind::Text)
        return corrupt(tr("a name is no text"));
    ATHANOR_ASSIGN(PickleNode node, pickleName(module.text, name.text));
    return pushNew(std::move(node));
}

Status PickleMachine::reduce()
{
    ATHANOR_ASSIGN(const quint32 arguments, pop());
    ATHANOR_ASSIGN(const quint32 function, pop());
    ATHANOR_ASSIGN(PickleNode node, pickleCall(m_tree, m_tree[function], m_tree[arguments]));
    return pushNew(std::move(node));
}

/// Only for attributes of dictionaries (PyTorch notes versions of modules there), which weights do not need.
Status PickleMachine::build()
{
    ATHANOR_ASSIGN(const quint32 state, pop());
    ATHANOR_ASSIGN(const quint32 place, pop());
    const PickleKind kind = m_tree[place].kind;
    if (kind != PickleKind::Dictionary || m_tree[state].kind != PickleKind::Dictionary)
        return fail(ErrorCode::Unsupported,
                    tr("The checkpoint's pickle sets the inner state of an object, which could run code."),
                    tr("Get the model as safetensors, or save only its state_dict()."));
    return push(place);
}

Status PickleMachine::persistent()
{
    ATHANOR_ASSIGN(const quint32 id, pop());
    ATHANOR_ASSIGN(PickleNode node, pickleStorage(m_tree, m_tree[id]));
    return pushNew(std::move(node));
}

}  // namespace athanor::interop
