// PyTorch checkpoints: tensors as PyTorch loads them, and no way from a file to running code or beyond its bytes.
#include "core/interop/torch_checkpoint.h"

#include "core/interop/pickle_reader.h"
#include "core/interop/torch_container.h"
#include "core/interop/zip_directory.h"
#include "hostile_files.h"

using namespace athanor;
using namespace athanor::interop;
using namespace athanor::test;

namespace {

const QString kGolden = QStringLiteral(ATHANOR_SOURCE_DIR "/tests/golden/torch/");

QByteArray text(const QByteArray &utf8) { return "X" + u32(quint32(utf8.size())) + utf8; }
QByteArray global(const QByteArray &module, const QByteArray &name) { return "c" + module + "\n" + name + "\n"; }
QByteArray whole(qint64 value) { return "\x8a\x08" + number(value); }
QByteArray wholes(const std::vector<qint64> &values)
{
    QByteArray bytes = "(";
    for (const qint64 value : values)
        bytes += whole(value);
    return bytes + "t";
}
QByteArray storage(const QByteArray &key, qint64 elements, const QByteArray &type = "FloatStorage")
{
    return "(" + text("storage") + global("torch", type) + text(key) + text("cpu") + whole(elements) + "tQ";
}
QByteArray tensor(const QByteArray &stored, qint64 first, const std::vector<qint64> &shape, const std::vector<qint64> &strides)
{
    return global("torch._utils", "_rebuild_tensor_v2") + "(" + stored + whole(first) + wholes(shape) + wholes(strides)
           + "\x89" + global("collections", "OrderedDict") + ")RtR";
}
/// A pickle of {"w": value}.
QByteArray named(const QByteArray &value) { return "\x80\x02}" + text("w") + value + "s."; }

Zip checkpoint(const QByteArray &pickle, const QByteArray &data = QByteArray(48, '\0'))
{
    Zip zip;
    zip.entries = {{"archive/data.pkl", pickle}, {"archive/data/0", data}, {"archive/version", "3\n"}};
    return zip;
}
QByteArray plainCheckpoint() { return checkpoint(named(tensor(storage("0", 12), 0, {3, 4}, {4, 1}))).make(); }

}  // namespace

class TestTorchCheckpoint : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    QString path(const char *name) const { return m_folder.filePath(QLatin1String(name)); }
    auto open(const QByteArray &bytes) { return openTorchCheckpoint(writeFile(path("hostile.pt"), bytes)); }

private Q_SLOTS:
    void tensorsAreAsPyTorchLoadsThem_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char *file, const char *expected) {
            QTest::newRow(file) << kGolden + QLatin1String(file) << kGolden + QLatin1String(expected);
        };
        row("zip.pt", "expected.safetensors");
        row("protocol4.pt", "expected.safetensors");
        row("older.bin", "expected.safetensors");
        row("newer.pt", "newer.safetensors");
        row("nested.pt", "nested.safetensors");
    }
    void tensorsAreAsPyTorchLoadsThem()
    {
        QFETCH(QString, file);
        QFETCH(QString, expected);
        const auto ours = openWeights(file), theirs = openWeights(expected);
        QVERIFY2(ours, ours ? "" : qPrintable(ours.error().message));
        QVERIFY(theirs);
        QCOMPARE((*ours)->format(), WeightFormat::Torch);
        QCOMPARE((*ours)->entries().size(), (*theirs)->entries().size());
        for (const WeightEntry &entry : (*theirs)->entries()) {
            const WeightEntry *read = (*ours)->find(entry.name);
            QVERIFY2(read, qPrintable(entry.name));
            QCOMPARE(read->shape, entry.shape);
            QVERIFY(read->element == entry.element);
            const auto bytes = (*ours)->bytes(*read);
            QVERIFY(bytes);
            QVERIFY2(*bytes == *(*theirs)->bytes(entry), qPrintable(entry.name));
        }
    }
    void nestedWeightsSayWhereTheyWere()
    {
        const auto weights = openWeights(kGolden + QStringLiteral("nested.pt"));
        QVERIFY(weights);
        QVERIFY((*weights)->notes().join(QString()).contains(QStringLiteral("“model”")));
    }
    void aCommandIsRefusedByItsName()
    {
        COMPARE_REFUSAL(openWeights(kGolden + QStringLiteral("system.pt")), ErrorCode::Unsupported, QStringLiteral("posix.system"));
    }
    void handMadeCheckpointsAreAccepted()
    {
        const auto plain = open(plainCheckpoint());
        QVERIFY2(plain, plain ? "" : qPrintable(plain.error().message));
        Zip large = checkpoint(named(tensor(storage("0", 12), 0, {3, 4}, {4, 1})));
        large.hasZip64 = true;
        QVERIFY(open(large.make()));
        large.hasZip64 = false;
        large.comment = "a comment";
        QVERIFY(open(large.make()));
        QVERIFY(open(checkpoint(named(tensor(storage("0", 12), 12, {0, 4}, {4, 1}))).make()));
        QVERIFY(open(checkpoint(named(tensor(storage("0", 12), 3, {1, 4}, {qint64(1) << 62, 1}))).make()));
    }
    void hostilePickles_data()
    {
        QTest::addColumn<QByteArray>("pickle");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("word");
        const auto row = [](const char *name, const QByteArray &pickle, ErrorCode code, const char *word) {
            QTest::newRow(name) << pickle << int(code) << QString::fromUtf8(word);
        };
        const auto corrupt = ErrorCode::Corrupt, limit = ErrorCode::LimitExceeded, unsupported = ErrorCode::Unsupported;
        const QByteArray good = storage("0", 12);
        row("os.system", named(global("os", "system") + text("id") + "\x85R"), unsupported, "os.system");
        row("builtins.eval", named(global("builtins", "eval") + text("1") + "\x85R"), unsupported, "builtins.eval");
        row("stack global", "\x80\x04\x8c\x02os\x8c\x06system\x93.", unsupported, "os.system");
        row("getattr of torch", named(global("builtins", "getattr")), unsupported, "builtins.getattr");
        row("torch.load", named(global("torch", "load")), unsupported, "torch.load");
        row("a name that only begins well", named(global("torch._utils", "_rebuild_tensor_v2.x")), unsupported, "_v2.x");
        row("instance", "\x80\x02(ios\nsystem\n.", unsupported, "INST");
        row("object", "\x80\x02(" + global("os", "system") + "o.", unsupported, "os.system");
        row("OBJ", "\x80\x02(No.", unsupported, "OBJ");
        row("new object", named(global("collections", "OrderedDict") + ")\x81"), unsupported, "NEWOBJ");
        row("extension", QByteArray("\x80\x02\x82\x01.", 5), unsupported, "EXT1");
        row("old number", "\x80\x02I1\n.", unsupported, "INT");
        row("named storage as text", "\x80\x02Pstorage\n.", unsupported, "PERSID");
        row("buffer", "\x80\x05\x97.", unsupported, "NEXT_BUFFER");
        row("call of a storage", named(global("torch", "FloatStorage") + ")R"), unsupported, "nothing that can be called");
        row("call of a number", named("K\1)R"), unsupported, "nothing that can be called");
        row("call without a tuple", named(global("collections", "OrderedDict") + "]R"), corrupt, "without a tuple");
        row("inner state of a tensor", named(tensor(good, 0, {12}, {1}) + "}b"), unsupported, "inner state");
        row("state that is no dictionary", named("}K\1b"), unsupported, "inner state");
        row("dictionary of numbers", named(global("collections", "OrderedDict") + "](K\1K\2e\x85R"), corrupt, "pairs");
        row("unknown opcode", QByteArray("\x80\x02\xf0.", 4), corrupt, "0xf0");
        row("protocol 6", "\x80\x06N.", ErrorCode::NewerVersion, "protocol 6");
        row("no end", "\x80\x02}", corrupt, "needed");
        row("nothing", "", corrupt, "needed");
        row("stack empty", "\x80\x02.", corrupt, "not there");
        row("end under a mark", "\x80\x02N(.", corrupt, "not there");
        row("pop from nothing", "\x80\x02" "0N.", corrupt, "not there");
        row("list without mark", "\x80\x02t.", corrupt, "did not begin");
        row("append to a number", "\x80\x02K\1K\2a.", corrupt, "takes nothing");
        row("items of a list", "\x80\x02]K\1K\2s.", corrupt, "takes nothing");
        row("key without value", "\x80\x02}(K\1u.", corrupt, "no value");
        row("dictionary with odd items", "\x80\x02(K\1d.", corrupt, "no value");
        row("never remembered", "\x80\x02h\7.", corrupt, "never remembered");
        row("text longer than the file", "\x80\x02X" + u32(0xffffffff) + "a.", corrupt, "4294967295 bytes");
        row("text of 2^63 bytes", "\x80\x04\x8d" + u64(quint64(1) << 63) + "a.", corrupt, "bytes are needed");
        row("text beyond the limit", "\x80\x02" + text(QByteArray(2 << 20, 'a')) + ".", limit, "a text has");
        row("text no UTF-8", "\x80\x02" + text("\xff") + ".", corrupt, "UTF-8");
        row("name without end", "\x80\x02" "ctorch", corrupt, "no end");
        row("name too long", "\x80\x02" "c" + QByteArray(1000, 'a') + "\nb\n.", corrupt, "no end");
        row("frame longer than the file", "\x80\x04\x95" + u64(1000) + "N.", corrupt, "frame");
        row("nested without end", "\x80\x02" + QByteArray(5000, '('), limit, "nested");
        row("too many on the stack", "\x80\x02" + QByteArray(1'100'000, ')'), limit, "stack");
        row("too many values", "\x80\x02" + QByteArray("N0").repeated(4'100'000), limit, "values");
        row("tuples doubled again and again", "\x80\x02N" + QByteArray("2\x86").repeated(100) + ".", ErrorCode::InvalidInput, "no dictionary");
        row("a dictionary that holds itself", "\x80\x02}q\1" + text("model") + "h\1s.", ErrorCode::InvalidInput, "no dictionary");
        row("no weights", "\x80\x02}.", ErrorCode::InvalidInput, "no dictionary");
        row("a number", "\x80\x02K\1.", ErrorCode::InvalidInput, "no dictionary");
        row("storage is a number", named("K\1Q"), corrupt, "not named by");
        row("storage without key", named("(" + text("storage") + "tQ"), corrupt, "not named by");
        row("module in place of storage", named("(" + text("module") + global("torch", "FloatStorage") + text("0") + text("cpu") + "K\x0ctQ"), corrupt, "not named by");
        row("storage type is a function", named("(" + text("storage") + global("torch", "Size") + text("0") + text("cpu") + "K\x0ctQ"), corrupt, "not named by");
        row("storage of minus one", named(tensor(storage("0", -1), 0, {1}, {1})), corrupt, "-1 elements");
        row("storage longer than its bytes", named(tensor(storage("0", 13), 0, {1}, {1})), corrupt, "48 bytes");
        row("storage whose bytes overflow", named(tensor(storage("0", qint64(1) << 62), 0, {1}, {1})), corrupt, "larger than any file");
        row("storage that is not there", named(tensor(storage("1", 12), 0, {1}, {1})), corrupt, "does not have it");
        row("storage that climbs out", named(tensor(storage("../version", 12), 0, {1}, {1})), corrupt, "does not have it");
        row("two tensors alike", "\x80\x02}(" + text("w") + tensor(good, 0, {1}, {1}) + text("w") + tensor(good, 0, {1}, {1}) + "u.", corrupt, "twice");
        row("tensor of nothing", named(global("torch._utils", "_rebuild_tensor_v2") + ")R"), corrupt, "put together");
        row("shape of texts", named(global("torch._utils", "_rebuild_tensor_v2") + "(" + good + "K\5(" + text("a") + "t)tR"), corrupt, "put together");
        row("negative size", named(tensor(good, 0, {-1}, {1})), corrupt, "negative");
        row("negative stride", named(tensor(good, 11, {2}, {-1})), corrupt, "beyond its storage");
        row("negative place", named(tensor(good, -1, {1}, {1})), corrupt, "beyond its storage");
        row("beyond the storage", named(tensor(good, 9, {4}, {1})), corrupt, "beyond its storage of 12");
        row("stride beyond the storage", named(tensor(good, 0, {2, 2}, {11, 1})), corrupt, "beyond its storage");
        row("reach overflows", named(tensor(good, 0, {4}, {qint64(1) << 62})), corrupt, "beyond its storage");
        row("product overflows", named(tensor(good, 0, {qint64(1) << 32, qint64(1) << 32}, {0, 0})), corrupt, "63 bits");
        row("one element repeated without end", named(tensor(good, 0, {qint64(1) << 40}, {0})), limit, "repeats");
        row("sizes without strides", named(tensor(good, 0, {2, 2}, {1})), corrupt, "2 sizes and 1 strides");
        row("rank 33", named(tensor(good, 0, std::vector<qint64>(33, 1), std::vector<qint64>(33, 1))), corrupt, "33 sizes");
        row("shape changed afterwards", named("]q\1K\1a0" + global("torch._utils", "_rebuild_tensor_v2") + "(" + good + "K\1h\1h\1tRh\1Na0"),
            corrupt, "no element type, shape or strides");
        row("untyped storage without a type", named(tensor("(" + text("storage") + global("torch.storage", "UntypedStorage") + text("0") + text("cpu") + whole(48) + "tQ", 0, {1}, {1})),
            corrupt, "no element type");
        row("parameter of a number", named(global("torch._utils", "_rebuild_parameter") + "(K\1tR"), corrupt, "parameter");
    }
    void hostilePickles()
    {
        QFETCH(QByteArray, pickle);
        QFETCH(int, code);
        QFETCH(QString, word);
        COMPARE_REFUSAL(open(checkpoint(pickle).make()), ErrorCode(code), word);
    }
    void hostileZips_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("word");
        const auto row = [](const char *name, const QByteArray &bytes, ErrorCode code, const char *word) {
            QTest::newRow(name) << bytes << int(code) << QString::fromUtf8(word);
        };
        const auto corrupt = ErrorCode::Corrupt, unsupported = ErrorCode::Unsupported;
        const QByteArray pickle = named(tensor(storage("0", 12), 0, {3, 4}, {4, 1}));
        const auto changed = [&](auto change) {
            Zip zip = checkpoint(pickle);
            change(zip);
            return zip.make();
        };
        row("no archive", "hello, this is text", corrupt, "begins neither");
        row("empty", {}, corrupt, "begins neither");
        row("no end record", plainCheckpoint().chopped(1), corrupt, "cut off");
        row("bytes in front", changed([](Zip &zip) { zip.before = "PK\3\4 not counted"; }), corrupt, "does not end");
        row("bytes after the directory", changed([](Zip &zip) { zip.betweenDirectoryAndEnd = "x"; }), corrupt, "does not end");
        row("directory beyond the file", changed([](Zip &zip) { zip.announcedPlace = 1 << 30; }), corrupt, "does not end");
        row("too many entries announced", changed([](Zip &zip) { zip.announcedEntries = 60000; }), corrupt, "60000 entries");
        row("one entry more", changed([](Zip &zip) { zip.announcedEntries = 4; }), corrupt, "4 entries");
        row("one entry less", changed([](Zip &zip) { zip.announcedEntries = 2; }), corrupt, "belong to no entry");
        row("encrypted", changed([](Zip &zip) { zip.entries[1].flags = 1; }), unsupported, "encrypted");
        row("compressed", changed([](Zip &zip) { zip.entries[1].method = 8; }), unsupported, "compressed");
        row("a small file that unpacks to much", changed([](Zip &zip) { zip.entries[1].unpackedSize = 0x7fffffff; }), corrupt, "two sizes");
        row("bytes beyond the archive", changed([](Zip &zip) { zip.entries[1].centralSize = 1 << 20; }), corrupt, "run into the directory");
        row("sizes differ", changed([](Zip &zip) { zip.entries[1].localSize = 40; }), corrupt, "48 bytes in the directory and 40");
        row("two of one name", changed([](Zip &zip) { zip.entries.push_back(zip.entries[1]); }), corrupt, "twice");
        row("two names for the same bytes", changed([](Zip &zip) {
                zip.entries.push_back({"archive/data/0", QByteArray(48, '\0')});
                zip.entries[3].name = "archive/data/1";
                zip.entries[3].localPlace = 0;
                zip.entries[3].localName = "archive/data.pkl";
            }), corrupt, "another name");
        row("overlap", changed([](Zip &zip) { zip.entries[0].bytes.append("PK\3\4" + QByteArray(22, '\0') + u16(1) + u16(0) + "x"
                                                                          + QByteArray(60, '\0'));
                zip.entries.push_back({"x", {}});
                zip.entries[3].localPlace = 46 + zip.entries[0].bytes.size() - 91; }), corrupt, "overlap");
        row("another name inside", changed([](Zip &zip) { zip.entries[1].localName = "archive/data/9"; }), corrupt, "another name");
        row("no local header", changed([](Zip &zip) { zip.entries[1].localPlace = 5; }), corrupt, "is not at byte 5");
        row("local header beyond the file", changed([](Zip &zip) { zip.entries[1].localPlace = 0x7ffffff0; }), corrupt, "is not at byte");
        row("name climbs out", changed([](Zip &zip) { zip.entries[2].name = "archive/../../x"; }), ErrorCode::InvalidInput, "leads out");
        row("absolute name", changed([](Zip &zip) { zip.entries[2].name = "/etc/passwd"; }), ErrorCode::InvalidInput, "leads out");
        row("name with NUL", changed([](Zip &zip) { zip.entries[2].name = QByteArray("a\0b", 3); }), corrupt, "UTF-8");
        row("name without letters", changed([](Zip &zip) { zip.entries[2].name = ""; zip.entries[2].localName = "x"; }), corrupt, "UTF-8");
        row("zip64 numbers missing", changed([](Zip &zip) { zip.entries[1].centralSize = 0xffffffff; }), corrupt, "zip64");
        row("zip64 numbers cut", changed([](Zip &zip) { zip.entries[1].centralSize = 0xffffffff; zip.entries[1].extra = u16(1) + u16(8) + u64(48); }), corrupt, "zip64");
        row("zip64 field longer than the extra", changed([](Zip &zip) { zip.entries[1].centralSize = 0xffffffff; zip.entries[1].extra = u16(1) + u16(500); }), corrupt, "zip64");
        row("zip64 size beyond 63 bits", changed([](Zip &zip) { zip.entries[1].centralSize = 0xffffffff;
                zip.entries[1].extra = u16(1) + u16(16) + u64(~quint64(7)) + u64(~quint64(7)); }), corrupt, "run into");
        row("no pickle", changed([](Zip &zip) { zip.entries[0].name = "archive/other"; zip.entries[0].localName = {}; }), corrupt, "0 files “data.pkl”");
        row("two pickles", changed([](Zip &zip) { zip.entries[2].name = "other/data.pkl"; }), corrupt, "2 files");
        row("a program", changed([](Zip &zip) { zip.entries[2].name = "archive/constants.pkl"; }), unsupported, "TorchScript");
        row("largest byte first", changed([](Zip &zip) { zip.entries[2] = {"archive/byteorder", "big"}; }), unsupported, "largest byte first");
        row("version is a word", changed([](Zip &zip) { zip.entries[2].bytes = "three"; }), corrupt, "three");
        row("version 99", changed([](Zip &zip) { zip.entries[2].bytes = "99"; }), ErrorCode::NewerVersion, "99");
    }
    void hostileZips()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(int, code);
        QFETCH(QString, word);
        COMPARE_REFUSAL(open(bytes), ErrorCode(code), word);
    }
    void hostileOlderFiles()
    {
        QFile file(kGolden + QStringLiteral("older.bin"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray whole = file.readAll();
        QVERIFY(readTorchFile(whole));
        COMPARE_REFUSAL(readTorchFile(whole + "x"), ErrorCode::Corrupt, QStringLiteral("1 bytes at the end"));
        COMPARE_REFUSAL(readTorchFile("\x80\x02K\1."), ErrorCode::Unsupported, QStringLiteral("no checkpoint"));
        QByteArray other = whole;
        other.replace("little_endianq\x02\x88", "little_endianq\x02\x89");
        QVERIFY(other != whole);
        COMPARE_REFUSAL(readTorchFile(other), ErrorCode::Unsupported, QStringLiteral("largest byte first"));
        for (qsizetype length = 0; length < whole.size(); ++length)
            QVERIFY2(!readTorchFile(QByteArray(whole.constData(), length)), qPrintable(QString::number(length)));
    }
    void truncatedAtEveryByte()
    {
        const QByteArray whole = plainCheckpoint(), pickle = named(tensor(storage("0", 12), 0, {3, 4}, {4, 1}));
        for (qsizetype length = 0; length < whole.size(); ++length) {
            const QByteArray cut(whole.constData(), length);
            const auto result = readTorchFile(cut);
            QVERIFY2(!result && !result.error().message.isEmpty(), qPrintable(QString::number(length)));
        }
        for (qsizetype length = 0; length < pickle.size(); ++length)
            QVERIFY2(!readPickle(QByteArray(pickle.constData(), length)), qPrintable(QString::number(length)));
    }
    void changedAtEveryByteNeverHarms()
    {
        const QByteArray whole = plainCheckpoint();
        for (qsizetype place = 0; place < whole.size(); ++place) {
            for (const char byte : {'\0', '\xff'}) {
                QByteArray changed = whole;
                changed[place] = byte;
                const auto result = open(changed);
                for (const WeightEntry &entry : result ? (*result)->entries() : std::vector<WeightEntry>())
                    QVERIFY((*result)->bytes(entry));
            }
        }
    }
    void whatIsNoFile()
    {
        COMPARE_REFUSAL(openTorchCheckpoint(path("absent.pt")), ErrorCode::NotFound, QStringLiteral("absent.pt"));
        COMPARE_REFUSAL(openTorchCheckpoint(m_folder.path()), ErrorCode::InvalidInput, QStringLiteral("folder"));
    }
};

QTEST_GUILESS_MAIN(TestTorchCheckpoint)
#include "test_torch_checkpoint.moc"
