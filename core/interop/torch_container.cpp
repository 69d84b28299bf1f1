// The two forms of PyTorch's checkpoints. Thread: pure functions.
#include "core/interop/torch_container.h"

#include "core/interop/zip_directory.h"

#include <QCoreApplication>
#include <QtEndian>

namespace athanor::interop {
namespace {

constexpr int kNewestVersion = 10;
// The first pickle of the older form holds this number, the second 1001.
constexpr char kMagic[] = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
constexpr qint64 kOlderProtocol = 1001;

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

tl::unexpected<Error> corrupt(const QString &what)
{
    return fail(ErrorCode::Corrupt, tr("The checkpoint is broken: %1.").arg(what), tr("Copy or download the file again."));
}

tl::unexpected<Error> unsupported(const QString &what)
{
    return fail(ErrorCode::Unsupported, what, tr("Get the model as safetensors, or save its state_dict() with torch.save."));
}

Result<qint64> storageBytes(const PickleNode &storage)
{
    qint64 bytes = 0;
    if (__builtin_mul_overflow(storage.whole, storage.element ? elementBytes(*storage.element) : 1, &bytes))
        return corrupt(tr("the storage “%1” is larger than any file can be").arg(storage.text.left(80)));
    return bytes;
}

/// The folder in the archive under which everything lies, with its slash.
Result<QString> rootOf(const QHash<QString, ZipEntry> &entries)
{
    QStringList roots;
    for (auto it = entries.cbegin(); it != entries.cend(); ++it) {
        const qsizetype slash = it.key().indexOf(QLatin1Char('/'));
        if (it.key().mid(slash + 1) == QLatin1String("data.pkl"))
            roots.append(it.key().left(slash + 1));
    }
    if (roots.size() != 1)
        return corrupt(tr("the zip archive has %1 files “data.pkl” and needs one").arg(roots.size()));
    if (entries.contains(roots[0] + QLatin1String("constants.pkl")))
        return unsupported(tr("The file is a TorchScript program, not a checkpoint of weights."));
    return roots[0];
}

QByteArrayView entryBytes(QByteArrayView file, const ZipEntry &entry) { return file.sliced(entry.begin, entry.byteCount); }

Status checkFacts(QByteArrayView file, const QHash<QString, ZipEntry> &entries, const QString &root)
{
    const auto textOf = [&](const char *name) {
        const auto found = entries.constFind(root + QLatin1String(name));
        if (found == entries.constEnd())
            return QByteArray();
        return file.sliced(found->begin, qMin(found->byteCount, qint64(64))).toByteArray().trimmed();
    };
    const QByteArray order = textOf("byteorder"), version = textOf("version");
    if (!order.isEmpty() && order != "little")
        return unsupported(tr("The checkpoint was written on a machine that stores the largest byte first."));
    bool isNumber = true;
    const int number = version.isEmpty() ? 0 : version.toInt(&isNumber);
    if (!isNumber)
        return corrupt(tr("its version is “%1”").arg(QString::fromLatin1(version)));
    if (number > kNewestVersion)
        return fail(ErrorCode::NewerVersion, tr("The checkpoint has version %1; up to %2 are read.")
                                                 .arg(number).arg(kNewestVersion),
                    tr("Update Athanor, or get the model as safetensors."));
    return {};
}

Result<TorchContents> readZip(QByteArrayView file)
{
    ATHANOR_ASSIGN(const auto entries, readZipDirectory(file));
    ATHANOR_ASSIGN(const QString root, rootOf(entries));
    ATHANOR_TRY(checkFacts(file, entries, root));
    TorchContents contents;
    ATHANOR_ASSIGN(contents.tree, readPickle(entryBytes(file, entries[root + QLatin1String("data.pkl")])));
    for (const PickleNode &node : contents.tree.nodes) {
        if (node.kind != PickleKind::Storage)
            continue;
        const auto found = entries.constFind(root + QLatin1String("data/") + node.text);
        if (found == entries.constEnd())
            return corrupt(tr("the pickle names the storage “%1”, and the archive does not have it").arg(node.text.left(80)));
        ATHANOR_ASSIGN(const qint64 bytes, storageBytes(node));
        if (found->byteCount != bytes)
            return corrupt(tr("the storage “%1” has %2 bytes, and the pickle says %3")
                               .arg(node.text.left(80)).arg(found->byteCount).arg(bytes));
        contents.storages.insert(node.text, entryBytes(file, *found));
    }
    return contents;
}

/// The next pickle of the older form, taken off the front of `left`.
Result<PickleTree> takePickle(QByteArrayView &left)
{
    ATHANOR_ASSIGN(PickleTree tree, readPickle(left.first(qMin(left.size(), qsizetype(256 * 1024 * 1024)))));
    left = left.sliced(tree.consumed);
    return tree;
}

Status checkOlderStart(QByteArrayView &left)
{
    ATHANOR_ASSIGN(const PickleTree magic, takePickle(left));
    if (magic[magic.root].kind != PickleKind::Large || magic[magic.root].bytes != QByteArrayView(kMagic, 10))
        return unsupported(tr("The file is a Python pickle, but no checkpoint of PyTorch."));
    ATHANOR_ASSIGN(const PickleTree protocol, takePickle(left));
    if (protocol[protocol.root].kind != PickleKind::Whole || protocol[protocol.root].whole != kOlderProtocol)
        return corrupt(tr("its protocol is not %1").arg(kOlderProtocol));
    ATHANOR_ASSIGN(const PickleTree system, takePickle(left));
    const PickleNode *isLittle = system.value(system[system.root], QStringLiteral("little_endian"));
    if (isLittle && isLittle->kind == PickleKind::Bool && isLittle->whole == 0)
        return unsupported(tr("The checkpoint was written on a machine that stores the largest byte first."));
    return {};
}

Result<QHash<QString, const PickleNode *>> storagesOf(const PickleTree &tree)
{
    QHash<QString, const PickleNode *> storages;
    for (const PickleNode &node : tree.nodes) {
        if (node.kind != PickleKind::Storage)
            continue;
        const PickleNode *known = storages.value(node.text);
        if (known && (known->whole != node.whole || known->element != node.element))
            return corrupt(tr("the storage “%1” is described in two ways").arg(node.text.left(80)));
        storages.insert(node.text, &node);
    }
    return storages;
}

/// Number of elements, then the elements; in the order of `keys`.
Status takeStorages(QByteArrayView left, const PickleTree &keys, TorchContents &contents)
{
    ATHANOR_ASSIGN(const auto storages, storagesOf(contents.tree));
    for (const quint32 place : keys[keys.root].items) {
        const PickleNode *storage = storages.value(keys[place].text);
        if (!storage || contents.storages.contains(storage->text))
            return corrupt(tr("its list of storages names “%1”, which no tensor uses or which is twice")
                               .arg(keys[place].text.left(80)));
        if (left.size() < 8 || qFromLittleEndian<qint64>(left.data()) != storage->whole)
            return corrupt(tr("the storage “%1” is cut off or has another length").arg(storage->text.left(80)));
        ATHANOR_ASSIGN(const qint64 bytes, storageBytes(*storage));
        if (bytes > left.size() - 8)
            return corrupt(tr("the storage “%1” needs %2 bytes, and %3 are left")
                               .arg(storage->text.left(80)).arg(bytes).arg(left.size() - 8));
        contents.storages.insert(storage->text, left.sliced(8, bytes));
        left = left.sliced(8 + bytes);
    }
    if (!left.isEmpty())
        return corrupt(tr("%1 bytes at the end belong to no storage").arg(left.size()));
    if (contents.storages.size() != storages.size())
        return corrupt(tr("it has %1 storages, and its tensors need %2").arg(contents.storages.size()).arg(storages.size()));
    return {};
}

Result<TorchContents> readOlder(QByteArrayView file)
{
    QByteArrayView left = file;
    ATHANOR_TRY(checkOlderStart(left));
    TorchContents contents;
    ATHANOR_ASSIGN(contents.tree, takePickle(left));
    ATHANOR_ASSIGN(const PickleTree keys, takePickle(left));
    if (keys[keys.root].kind != PickleKind::List)
        return corrupt(tr("its list of storages is missing"));
    ATHANOR_TRY(takeStorages(left, keys, contents));
    return contents;
}

}  // namespace

Result<TorchContents> readTorchFile(QByteArrayView file)
{
    if (file.startsWith(QByteArrayView("PK\3\4", 4)))
        return readZip(file);
    if (file.startsWith(QByteArrayView("\x80", 1)))
        return readOlder(file);
    if (file.size() > 262 && file.sliced(257, 5) == QByteArrayView("ustar", 5))
        return unsupported(tr("The file is a tar archive, as PyTorch wrote before version 0.1.10."));
    return corrupt(tr("it begins neither like a zip archive nor like a pickle"));
}

}  // namespace athanor::interop
