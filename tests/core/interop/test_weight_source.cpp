// Weights behind one face: telling files apart, folders with an index, conversions of numbers, the sharding writer.
#include "core/interop/weight_source.h"

#include "core/interop/element_conversion.h"
#include "core/interop/safetensors_folder.h"
#include "core/interop/shard_index.h"
#include "hostile_files.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <cmath>

using namespace athanor;
using namespace athanor::interop;
using namespace athanor::test;

namespace {

const QString kGolden = QStringLiteral(ATHANOR_SOURCE_DIR "/tests/golden/");

/// A safetensors file with tensors of three bytes.
void writeShard(const QString &path, const QStringList &names)
{
    std::vector<SafetensorsWriter::Declaration> declarations;
    for (const QString &name : names)
        declarations.push_back({name, ElementType::U8, {3}});
    auto writer = SafetensorsWriter::create(path, declarations);
    for (const QString &name : names) {
        if (!writer->write((name + QStringLiteral("..")).left(3).toUtf8()))
            qFatal("cannot write a test file");
    }
    if (!writer->finish())
        qFatal("cannot write a test file");
}

/// JSON with ' in place of ".
QByteArray json(QByteArray text) { return text.replace('\'', '"'); }
QByteArray index(const QByteArray &map) { return json("{'metadata':{'total_size':9},'weight_map':{" + map + "}}"); }

}  // namespace

class TestWeightSource : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    QString path(const QString &name) const { return m_folder->filePath(name); }
    QString indexPath() const { return path(QStringLiteral("model.safetensors.index.json")); }
    void writeTwoShards()
    {
        writeShard(path(QStringLiteral("one.safetensors")), {QStringLiteral("a"), QStringLiteral("b")});
        writeShard(path(QStringLiteral("two.safetensors")), {QStringLiteral("c")});
        writeFile(indexPath(), index("'a':'one.safetensors','b':'one.safetensors','c':'two.safetensors'"));
    }

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void halvesAreExact()
    {
        for (quint32 bits = 0; bits < 0x10000; ++bits) {
            const auto half = quint16(bits);
            const float value = halfToFloat(half);
            const int exponent = (bits >> 10) & 31, mantissa = int(bits & 0x3ff);
            const double expected = exponent == 0    ? std::ldexp(mantissa, -24)
                                    : exponent == 31 ? (mantissa == 0 ? HUGE_VAL : NAN)
                                                     : std::ldexp(1024 + mantissa, exponent - 25);
            if (std::isnan(expected)) {
                QVERIFY(std::isnan(value) && std::isnan(halfToFloat(floatToHalf(value))));
                continue;
            }
            QCOMPARE(double(value), (bits & 0x8000) != 0 ? -expected : expected);
            QCOMPARE(floatToHalf(value), half);
        }
    }
    void bfloatsAreExact()
    {
        for (quint32 bits = 0; bits < 0x10000; ++bits) {
            const float value = bfloat16ToFloat(quint16(bits));
            if (std::isnan(value))
                QVERIFY(std::isnan(bfloat16ToFloat(floatToBfloat16(value))));
            else
                QCOMPARE(floatToBfloat16(value), quint16(bits));
        }
    }
    void narrowingRoundsToTheNearestEven_data()
    {
        QTest::addColumn<float>("value");
        QTest::addColumn<float>("half");
        QTest::addColumn<float>("bfloat");
        const float infinity = std::numeric_limits<float>::infinity();
        QTest::newRow("tie down") << 1 + 0x1p-11f << 1.0f << 1.0f;
        QTest::newRow("tie up") << 1 + 3 * 0x1p-11f << 1 + 0x1p-9f << 1.0f;
        QTest::newRow("above the tie") << 1 + 0x1p-11f + 0x1p-20f << 1 + 0x1p-10f << 1.0f;
        QTest::newRow("bfloat tie down") << 1 + 0x1p-8f << 1 + 0x1p-8f << 1.0f;
        QTest::newRow("bfloat tie up") << 1 + 3 * 0x1p-8f << 1 + 3 * 0x1p-8f << 1 + 0x1p-6f;
        QTest::newRow("largest half") << 65504.0f << 65504.0f << 65536.0f;
        QTest::newRow("below infinity") << 65519.996f << 65504.0f << 65536.0f;
        QTest::newRow("half overflows") << 65520.0f << infinity << 65536.0f;
        QTest::newRow("bfloat overflows") << std::numeric_limits<float>::max() << infinity << infinity;
        QTest::newRow("minus infinity") << -infinity << -infinity << -infinity;
        QTest::newRow("smallest half") << 0x1p-24f << 0x1p-24f << 0x1p-24f;
        QTest::newRow("half of it") << 0x1p-25f << 0.0f << 0x1p-25f;
        QTest::newRow("a little more") << 0x1.002p-25f << 0x1p-24f << 0x1p-25f;
        QTest::newRow("subnormal tie") << 3 * 0x1p-25f << 0x1p-23f << 3 * 0x1p-25f;
        QTest::newRow("largest subnormal") << 0x1.ffep-15f << 0x1p-14f << 0x1p-14f;
        QTest::newRow("subnormal f32") << 0x1p-149f << 0.0f << 0.0f;
    }
    void narrowingRoundsToTheNearestEven()
    {
        QFETCH(float, value);
        QFETCH(float, half);
        QFETCH(float, bfloat);
        QCOMPARE(halfToFloat(floatToHalf(value)), half);
        QCOMPARE(halfToFloat(floatToHalf(-value)), -half);
        QCOMPARE(bfloat16ToFloat(floatToBfloat16(value)), bfloat);
        QCOMPARE(bfloat16ToFloat(floatToBfloat16(-value)), -bfloat);
    }
    void writingOtherTypesIsRefused()
    {
        const float value = 1;
        char out[8];
        COMPARE_REFUSAL(convertFromF32(&value, 1, ElementType::I32, out), ErrorCode::Unsupported, QStringLiteral("I32"));
        QVERIFY(convertFromF32(&value, 1, ElementType::F64, out));
    }

    void formatsAreToldByTheirBytes()
    {
        QCOMPARE((*openWeights(kGolden + QStringLiteral("gguf/blocks.gguf")))->format(), WeightFormat::Gguf);
        QCOMPARE((*openWeights(kGolden + QStringLiteral("torch/zip.pt")))->format(), WeightFormat::Torch);
        QCOMPARE((*openWeights(kGolden + QStringLiteral("torch/older.bin")))->format(), WeightFormat::Torch);
        QVERIFY(QFile::copy(kGolden + QStringLiteral("gguf/blocks.gguf"), path(QStringLiteral("model.safetensors"))));
        QCOMPARE((*openWeights(path(QStringLiteral("model.safetensors"))))->format(), WeightFormat::Gguf);
    }
    void headersOf128BytesAreNoPickles()
    {
        for (int length = 1; length < 60; ++length) {
            const QString file = path(QStringLiteral("n%1").arg(length));
            writeShard(file, {QString(length, QLatin1Char('n'))});
            QVERIFY2(openWeights(file), qPrintable(QString::number(length)));
        }
    }
    void whatIsNoModel()
    {
        COMPARE_REFUSAL(openWeights(path(QStringLiteral("absent"))), ErrorCode::NotFound, QStringLiteral("absent"));
        COMPARE_REFUSAL(openWeights(m_folder->path()), ErrorCode::NotFound, QStringLiteral("pytorch_model.bin"));
        COMPARE_REFUSAL(openWeights(writeFile(path(QStringLiteral("x.bin")), {})), ErrorCode::Corrupt, QStringLiteral("x.bin"));
        COMPARE_REFUSAL(openWeights(writeFile(path(QStringLiteral("x.gguf")), {})), ErrorCode::Corrupt, QStringLiteral("x.gguf"));
        QVERIFY(QDir(m_folder->path()).mkdir(QStringLiteral("model.safetensors")));
        QVERIFY(!openWeights(m_folder->path()));
    }

    void shardsAreOneModel()
    {
        writeTwoShards();
        const auto weights = openWeights(m_folder->path());
        QVERIFY2(weights, weights ? "" : qPrintable(weights.error().message));
        QCOMPARE((*weights)->entries().size(), size_t(3));
        QCOMPARE((*weights)->files().size(), 3);
        QCOMPARE((*weights)->bytes(*(*weights)->find(QStringLiteral("c")))->toByteArray(), QByteArray("c.."));
        float numbers[2];
        QVERIFY((*weights)->readF32(*(*weights)->find(QStringLiteral("b")), 0, 2, numbers));
        QCOMPARE(numbers[0], float('b'));
        QVERIFY((*weights)->notes().isEmpty());
    }
    void surplusTensorsAreNamed()
    {
        writeTwoShards();
        writeFile(indexPath(), index("'a':'one.safetensors','c':'two.safetensors'"));
        const auto weights = openWeights(m_folder->path());
        QVERIFY(weights);
        QVERIFY(!(*weights)->find(QStringLiteral("b")));
        QVERIFY((*weights)->notes().join(QString()).contains(QStringLiteral("left out: b")));
    }
    void torchShardsAreOneModel()
    {
        QVERIFY(QFile::copy(kGolden + QStringLiteral("torch/newer.pt"), path(QStringLiteral("first.bin"))));
        writeFile(path(QStringLiteral("pytorch_model.bin.index.json")), index("'u16':'first.bin','e4m3':'first.bin','e5m2':'first.bin'"));
        const auto weights = openWeights(m_folder->path());
        QVERIFY2(weights, weights ? "" : qPrintable(weights.error().message));
        QCOMPARE((*weights)->format(), WeightFormat::Torch);
        QCOMPARE((*weights)->entries().size(), size_t(3));
    }
    void hostileIndexes_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("word");
        const auto row = [](const char *name, const QByteArray &text, ErrorCode code, const char *word) {
            QTest::newRow(name) << json(text) << int(code) << QString::fromUtf8(word);
        };
        const auto corrupt = ErrorCode::Corrupt, invalid = ErrorCode::InvalidInput;
        row("empty", {}, corrupt, "no valid JSON");
        row("cut off", "{'weight_map':{'a':'one", corrupt, "no valid JSON");
        row("a list", "[]", corrupt, "a list");
        row("a number", "1", corrupt, "no object");
        row("no map", "{}", corrupt, "weight_map");
        row("map is a list", "{'weight_map':['a']}", corrupt, "weight_map");
        row("map is a text", "{'weight_map':'a'}", corrupt, "weight_map");
        row("empty map", index({}), corrupt, "weight_map");
        row("map twice", "{'weight_map':{'a':'one.safetensors'},'weight_map':{'a':'two.safetensors'}}", corrupt, "twice");
        row("tensor twice", index("'a':'one.safetensors','a':'two.safetensors'"), corrupt, "twice");
        row("file is a number", index("'a':1"), corrupt, "no text");
        row("file is an object", index("'a':{'b':'one.safetensors'}"), corrupt, "no text");
        row("file is nothing", index("'a':''"), invalid, "no plain name");
        row("no UTF-8", index("'a\xff':'one.safetensors'"), corrupt, "UTF-8");
        row("nested without end", "{'metadata':" + QByteArray(100'000, '['), corrupt, "nested");
        row("climbs out", index("'a':'../one.safetensors'"), invalid, "../one.safetensors");
        row("climbs down and out", index("'a':'sub/../../one.safetensors'"), invalid, "no plain name");
        row("into a folder", index("'a':'sub/one.safetensors'"), invalid, "no plain name");
        row("absolute", index("'a':'/etc/passwd'"), invalid, "/etc/passwd");
        row("parent", index("'a':'..'"), invalid, "no plain name");
        row("itself", index("'a':'.'"), invalid, "no plain name");
        row("backslashes", index("'a':'..\\\\one.safetensors'"), invalid, "no plain name");
        row("NUL", index("'a':'one.safetensors\\u0000.png'"), invalid, "no plain name");
        row("name of 300 letters", index("'a':'" + QByteArray(300, 'x') + "'"), invalid, "no plain name");
        row("file that is not there", index("'a':'three.safetensors'"), ErrorCode::NotFound, "three.safetensors");
        row("file is a folder", index("'a':'folder'"), invalid, "folder");
        row("in another file", index("'a':'two.safetensors','c':'two.safetensors','b':'one.safetensors'"), corrupt, "index says");
        row("in no file", index("'a':'one.safetensors','b':'one.safetensors','d':'one.safetensors'"), corrupt, "lack “d”");
        row("shard is broken", index("'a':'broken.safetensors'"), corrupt, "broken.safetensors");
        row("shard is the index", index("'a':'model.safetensors.index.json'"), corrupt, "index.json");
    }
    void hostileIndexes()
    {
        QFETCH(QByteArray, text);
        QFETCH(int, code);
        QFETCH(QString, word);
        writeTwoShards();
        writeFile(path(QStringLiteral("broken.safetensors")), "12345678");
        QVERIFY(QDir(m_folder->path()).mkdir(QStringLiteral("folder")));
        writeFile(indexPath(), text);
        COMPARE_REFUSAL(openWeights(m_folder->path()), ErrorCode(code), word);
    }
    void oneTensorInTwoShards()
    {
        writeTwoShards();
        writeShard(path(QStringLiteral("two.safetensors")), {QStringLiteral("c"), QStringLiteral("a")});
        COMPARE_REFUSAL(openWeights(m_folder->path()), ErrorCode::Corrupt, QStringLiteral("“a” is in “two.safetensors”"));
    }
    void linksThatLeadOutAreRefused()
    {
        writeTwoShards();
        QTemporaryDir elsewhere;
        writeShard(elsewhere.filePath(QStringLiteral("x")), {QStringLiteral("c")});
        QVERIFY(QFile::remove(path(QStringLiteral("two.safetensors"))));
        QVERIFY(QFile::link(elsewhere.filePath(QStringLiteral("x")), path(QStringLiteral("two.safetensors"))));
        COMPARE_REFUSAL(openWeights(m_folder->path()), ErrorCode::InvalidInput, QStringLiteral("leads out"));
        QVERIFY(QFile::remove(path(QStringLiteral("two.safetensors"))));
        QVERIFY(QFile::link(path(QStringLiteral("missing")), path(QStringLiteral("two.safetensors"))));
        COMPARE_REFUSAL(openWeights(m_folder->path()), ErrorCode::NotFound, QStringLiteral("two.safetensors"));
    }
    void linksOfADownloadStoreAreFollowed()
    {
        QDir root(m_folder->path());
        QVERIFY(root.mkpath(QStringLiteral("blobs")) && root.mkpath(QStringLiteral("snapshots/1")));
        writeShard(root.filePath(QStringLiteral("blobs/abc")), {QStringLiteral("c")});
        QVERIFY(QFile::link(QStringLiteral("../../blobs/abc"), root.filePath(QStringLiteral("snapshots/1/one.safetensors"))));
        writeFile(root.filePath(QStringLiteral("snapshots/1/model.safetensors.index.json")), index("'c':'one.safetensors'"));
        const auto weights = openWeights(root.filePath(QStringLiteral("snapshots/1")));
        QVERIFY2(weights, weights ? "" : qPrintable(weights.error().message));
    }
    void truncatedIndexes()
    {
        const QByteArray whole = index("'a':'one.safetensors','c':'two.safetensors'");
        QVERIFY(parseShardIndex(whole));
        for (qsizetype length = 0; length < whole.size(); ++length)
            QVERIFY2(!parseShardIndex(QByteArray(whole.constData(), length)), qPrintable(QString::number(length)));
    }

    void writerSplitsAtTheLimit()
    {
        const QString a = QStringLiteral("a"), b = QStringLiteral("b"), c = QStringLiteral("c"), d = QStringLiteral("empty");
        auto writer = ShardedSafetensorsWriter::create(m_folder->path(),
            {{a, ElementType::F32, {2}}, {b, ElementType::F32, {3}}, {c, ElementType::F16, {1}}, {d, ElementType::F32, {0}}}, 14);
        QVERIFY2(writer, writer ? "" : qPrintable(writer.error().message));
        QVERIFY(writer->write("0123456"));
        QVERIFY(writer->write("7abcdefghijklAB"));
        const auto files = writer->finish();
        QVERIFY2(files, files ? "" : qPrintable(files.error().message));
        QCOMPARE(files->size(), size_t(3));
        QCOMPARE((*files)[0].name, QStringLiteral("model-00001-of-00002.safetensors"));
        QCOMPARE((*files)[2].name, QStringLiteral("model.safetensors.index.json"));
        for (const auto &file : *files) {
            QCOMPARE(file.sha256, *sha256OfFile(path(file.name)));
            QCOMPARE(file.byteCount, QFileInfo(path(file.name)).size());
        }
        const QJsonObject written = *readJsonFile(indexPath());
        QCOMPARE(written.value(QStringLiteral("metadata")).toObject().value(QStringLiteral("total_size")).toInt(), 22);
        const auto weights = openWeights(m_folder->path());
        QVERIFY2(weights, weights ? "" : qPrintable(weights.error().message));
        QCOMPARE((*weights)->entries().size(), size_t(4));
        QCOMPARE((*weights)->bytes(*(*weights)->find(b))->toByteArray(), QByteArray("abcdefghijkl"));
        const auto first = SafetensorsReader::open(path((*files)[0].name));
        QCOMPARE(first->metadata().value(QStringLiteral("format")), QStringLiteral("pt"));
    }
    void writerKeepsSmallModelsInOneFile()
    {
        auto writer = ShardedSafetensorsWriter::create(m_folder->path(), {{QStringLiteral("a"), ElementType::U8, {3}}});
        QVERIFY(writer && writer->write("abc"));
        const auto files = writer->finish();
        QVERIFY(files);
        QCOMPARE(files->size(), size_t(1));
        QCOMPARE((*files)[0].name, QStringLiteral("model.safetensors"));
        QVERIFY(openWeights(m_folder->path()));
    }
    void writerRefuses()
    {
        const std::vector<SafetensorsWriter::Declaration> twice(2, {QStringLiteral("a"), ElementType::U8, {3}});
        COMPARE_REFUSAL(ShardedSafetensorsWriter::create(m_folder->path(), twice, 3), ErrorCode::InvalidInput, QStringLiteral("twice"));
        {
            auto writer = ShardedSafetensorsWriter::create(m_folder->path(), {{QStringLiteral("a"), ElementType::U8, {3}}});
            QVERIFY(writer);
            COMPARE_REFUSAL(writer->write("abcd"), ErrorCode::Internal, QStringLiteral("More bytes"));
        }
        auto writer = ShardedSafetensorsWriter::create(m_folder->path(), {{QStringLiteral("a"), ElementType::U8, {3}}});
        QVERIFY(writer && writer->write("ab"));
        COMPARE_REFUSAL(writer->finish(), ErrorCode::Internal, QStringLiteral("Fewer bytes"));
    }
};

QTEST_GUILESS_MAIN(TestWeightSource)
#include "test_weight_source.moc"
