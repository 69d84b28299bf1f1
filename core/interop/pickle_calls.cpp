// The allow-list: the names that a checkpoint of weights may use, and what each makes as data. Thread: pure functions.
#include "core/interop/pickle_machine.h"

#include <QCoreApplication>

#include <span>

namespace athanor::interop {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

tl::unexpected<Error> corrupt(const QString &what)
{
    return fail(ErrorCode::Corrupt, tr("The checkpoint's pickle is broken: %1.").arg(what),
                tr("Copy or download the file again."));
}

struct NamedType {
    const char *name;
    ElementType type;
};
constexpr NamedType kStorages[] = {
    {"torch.FloatStorage", ElementType::F32},   {"torch.DoubleStorage", ElementType::F64},
    {"torch.HalfStorage", ElementType::F16},    {"torch.BFloat16Storage", ElementType::BF16},
    {"torch.LongStorage", ElementType::I64},    {"torch.IntStorage", ElementType::I32},
    {"torch.ShortStorage", ElementType::I16},   {"torch.CharStorage", ElementType::I8},
    {"torch.ByteStorage", ElementType::U8},     {"torch.BoolStorage", ElementType::Bool},
};
constexpr const char *kUntypedStorages[] = {"torch.storage.UntypedStorage", "torch.storage._UntypedStorage",
                                            "torch.UntypedStorage"};
constexpr NamedType kTypes[] = {
    {"torch.float32", ElementType::F32},  {"torch.float64", ElementType::F64},
    {"torch.float16", ElementType::F16},  {"torch.bfloat16", ElementType::BF16},
    {"torch.int64", ElementType::I64},    {"torch.int32", ElementType::I32},
    {"torch.int16", ElementType::I16},    {"torch.int8", ElementType::I8},
    {"torch.uint8", ElementType::U8},     {"torch.bool", ElementType::Bool},
    {"torch.uint16", ElementType::U16},   {"torch.uint32", ElementType::U32},
    {"torch.uint64", ElementType::U64},   {"torch.float8_e4m3fn", ElementType::F8E4M3},
    {"torch.float8_e5m2", ElementType::F8E5M2},
};

using Arguments = const std::vector<quint32> &;
using Call = Result<PickleNode> (*)(const PickleTree &, Arguments);

Result<PickleNode> makeDictionary(const PickleTree &tree, Arguments arguments)
{
    PickleNode dictionary{PickleKind::Dictionary};
    if (arguments.empty())
        return dictionary;
    for (const quint32 place : tree[arguments[0]].items) {
        const PickleNode &pair = tree[place];
        if ((pair.kind != PickleKind::Tuple && pair.kind != PickleKind::List) || pair.items.size() != 2)
            return corrupt(tr("a dictionary is made of something else than pairs"));
        dictionary.items.insert(dictionary.items.end(), pair.items.begin(), pair.items.end());
    }
    return dictionary;
}

Result<PickleNode> makeSet(const PickleTree &tree, Arguments arguments)
{
    PickleNode set{PickleKind::Set};
    if (!arguments.empty())
        set.items = tree[arguments[0]].items;
    return set;
}

Result<PickleNode> makeShape(const PickleTree &tree, Arguments arguments)
{
    PickleNode shape{PickleKind::Tuple};
    if (!arguments.empty())
        shape.items = tree[arguments[0]].items;
    return shape;
}

Result<PickleNode> makeDevice(const PickleTree &, Arguments) { return PickleNode{}; }

/// Arguments: storage, first element, shape, strides, and more that weights do not need.
Result<PickleNode> makeTensor(const PickleTree &tree, Arguments arguments)
{
    if (arguments.size() < 4 || tree[arguments[0]].kind != PickleKind::Storage
        || tree[arguments[1]].kind != PickleKind::Whole || !tree.wholes(tree[arguments[2]])
        || !tree.wholes(tree[arguments[3]]))
        return corrupt(tr("a tensor is put together from something else than a storage, a place, a shape and strides"));
    PickleNode tensor{PickleKind::Tensor};
    tensor.element = tree[arguments[0]].element;
    tensor.whole = tree[arguments[1]].whole;
    tensor.items = {arguments[0], arguments[2], arguments[3]};
    return tensor;
}

/// As makeTensor(), with the element type as the argument 6.
Result<PickleNode> makeTypedTensor(const PickleTree &tree, Arguments arguments)
{
    if (arguments.size() < 7 || tree[arguments[6]].kind != PickleKind::Name || !tree[arguments[6]].element)
        return corrupt(tr("a tensor is put together without an element type"));
    ATHANOR_ASSIGN(PickleNode tensor, makeTensor(tree, arguments));
    tensor.element = tree[arguments[6]].element;
    return tensor;
}

Result<PickleNode> makeParameter(const PickleTree &tree, Arguments arguments)
{
    if (arguments.empty() || tree[arguments[0]].kind != PickleKind::Tensor)
        return corrupt(tr("a parameter is made of something else than a tensor"));
    return PickleNode(tree[arguments[0]]);
}

struct NamedCall {
    const char *name;
    Call call;
};
constexpr NamedCall kCalls[] = {
    {"collections.OrderedDict", makeDictionary},
    {"builtins.dict", makeDictionary},
    {"__builtin__.dict", makeDictionary},
    {"builtins.set", makeSet},
    {"__builtin__.set", makeSet},
    {"torch.Size", makeShape},
    {"torch.device", makeDevice},
    {"torch._utils._rebuild_tensor", makeTensor},
    {"torch._utils._rebuild_tensor_v2", makeTensor},
    {"torch._utils._rebuild_tensor_v3", makeTypedTensor},
    {"torch._utils._rebuild_parameter", makeParameter},
    {"torch._utils._rebuild_parameter_with_state", makeParameter},
};

const NamedCall *findCall(const QString &name)
{
    for (const NamedCall &known : kCalls) {
        if (name == QLatin1String(known.name))
            return &known;
    }
    return nullptr;
}

bool isUntyped(const QString &name)
{
    return std::any_of(std::begin(kUntypedStorages), std::end(kUntypedStorages),
                       [&](const char *known) { return name == QLatin1String(known); });
}

bool isStorage(const QString &name)
{
    return isUntyped(name) || std::any_of(std::begin(kStorages), std::end(kStorages), [&](const NamedType &known) {
               return name == QLatin1String(known.name);
           });
}

}  // namespace

Result<PickleNode> pickleName(const QString &module, const QString &name)
{
    PickleNode node{PickleKind::Name};
    node.text = module + QLatin1Char('.') + name;
    for (const auto &types : {std::span<const NamedType>(kStorages), std::span<const NamedType>(kTypes)}) {
        for (const NamedType &known : types) {
            if (node.text == QLatin1String(known.name)) {
                node.element = known.type;
                return node;
            }
        }
    }
    if (isUntyped(node.text) || findCall(node.text))
        return node;
    return fail(ErrorCode::Unsupported,
                tr("The checkpoint asks for “%1”, which weights do not need: loading it the usual way could run code.")
                    .arg(node.text.left(200)),
                tr("Get the model as safetensors, or save only its state_dict() on a machine that may run that code."));
}

Result<PickleNode> pickleCall(const PickleTree &tree, const PickleNode &function, const PickleNode &arguments)
{
    const NamedCall *known = function.kind == PickleKind::Name ? findCall(function.text) : nullptr;
    if (!known)
        return fail(ErrorCode::Unsupported,
                    tr("The checkpoint calls “%1”, which is nothing that can be called.")
                        .arg(function.kind == PickleKind::Name ? function.text : tr("a value")),
                    tr("Get the model as safetensors."));
    if (arguments.kind != PickleKind::Tuple)
        return corrupt(tr("“%1” is called without a tuple of arguments").arg(function.text));
    return known->call(tree, arguments.items);
}

Result<PickleNode> pickleStorage(const PickleTree &tree, const PickleNode &id)
{
    const auto &items = id.items;
    const bool isWhole = id.kind == PickleKind::Tuple && items.size() >= 5 && tree[items[0]].kind == PickleKind::Text
                         && tree[items[1]].kind == PickleKind::Name && tree[items[2]].kind == PickleKind::Text
                         && tree[items[4]].kind == PickleKind::Whole;
    if (!isWhole || tree[items[0]].text != QLatin1String("storage") || !isStorage(tree[items[1]].text))
        return corrupt(tr("a stored tensor is not named by type, key, place and length"));
    if (items.size() > 5 && tree[items[5]].kind != PickleKind::None)
        return fail(ErrorCode::Unsupported, tr("The checkpoint stores parts of storages, as very old PyTorch did."),
                    tr("Load and save it with a newer PyTorch, or get it as safetensors."));
    PickleNode storage{PickleKind::Storage};
    storage.element = tree[items[1]].element;
    storage.text = tree[items[2]].text;
    storage.whole = tree[items[4]].whole;
    if (storage.whole < 0)
        return corrupt(tr("the storage “%1” has %2 elements").arg(storage.text.left(80)).arg(storage.whole));
    return storage;
}

}  // namespace athanor::interop
