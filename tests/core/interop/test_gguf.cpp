// GGUF: numbers equal to those of the format's own package bit for bit, what is written comes back, lies are refused.
#include "core/interop/gguf.h"

#include "hostile_files.h"

using namespace athanor;
using namespace athanor::interop;
using namespace athanor::test;

namespace {

const QString kBlocks = QStringLiteral(ATHANOR_SOURCE_DIR "/tests/golden/gguf/blocks.gguf");

/// A tensor's entry in the header, sizes as the file has them (fastest first).
QByteArray tensor(const QByteArray &name, const std::vector<quint64> &sizes, quint32 type, quint64 begin)
{
    QByteArray bytes = counted(name) + u32(quint32(sizes.size()));
    for (const quint64 size : sizes)
        bytes += u64(size);
    return bytes + u32(type) + u64(begin);
}

struct File {
    std::vector<QByteArray> values, tensors;
    qsizetype dataBytes = 0;
    quint32 version = 3;
    qint64 valueCount = -1, tensorCount = -1;

    QByteArray make() const
    {
        QByteArray bytes = "GGUF" + u32(version) + u64(quint64(tensorCount < 0 ? qint64(tensors.size()) : tensorCount))
                           + u64(quint64(valueCount < 0 ? qint64(values.size()) : valueCount));
        for (const QByteArray &value : values)
            bytes += value;
        for (const QByteArray &entry : tensors)
            bytes += entry;
        if (dataBytes > 0)
            bytes += QByteArray((32 - bytes.size() % 32) % 32 + dataBytes, '\1');
        return bytes;
    }
};

QByteArray value(const QByteArray &key, GgufKind kind, const QByteArray &bytes) { return counted(key) + u32(quint32(kind)) + bytes; }
QByteArray list(const QByteArray &key, GgufKind kind, quint64 count, const QByteArray &bytes)
{
    return value(key, GgufKind::List, u32(quint32(kind)) + u64(count) + bytes);
}

}  // namespace

class TestGguf : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    QString path(const char *name) const { return m_folder.filePath(QLatin1String(name)); }

private Q_SLOTS:
    void everyBlockTypeGivesTheRecordedNumbers_data()
    {
        QTest::addColumn<QString>("name");
        for (const char *name : {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"})
            QTest::newRow(name) << QString::fromLatin1(name);
    }
    void everyBlockTypeGivesTheRecordedNumbers()
    {
        QFETCH(QString, name);
        const auto weights = openWeights(kBlocks);
        QVERIFY2(weights, weights ? "" : qPrintable(weights.error().message));
        const WeightEntry *blocks = (*weights)->find(name), *expected = (*weights)->find(name + QStringLiteral(".expected"));
        QVERIFY(blocks && expected && !blocks->element);
        QCOMPARE(blocks->typeName, name);
        QCOMPARE(blocks->shape, (std::vector<qint64>{2, 512}));
        std::vector<float> numbers(1024), wanted(1024);
        QVERIFY((*weights)->readF32(*blocks, 0, 1024, numbers.data()));
        QVERIFY((*weights)->readF32(*expected, 0, 1024, wanted.data()));
        QVERIFY(std::memcmp(numbers.data(), wanted.data(), 4096) == 0);
        QCOMPARE((*weights)->bytes(*blocks).error().code, ErrorCode::Unsupported);
        for (const auto &[first, count] : {std::pair<qint64, qint64>{1, 1}, {31, 2}, {0, 33}, {255, 300}, {1023, 1}, {700, 0}}) {
            std::vector<float> part(size_t(count) + 1, 77);
            QVERIFY((*weights)->readF32(*blocks, first, count, part.data()));
            QVERIFY(std::memcmp(part.data(), wanted.data() + first, size_t(count) * 4) == 0);
            QCOMPARE(part.back(), 77.0f);
        }
        float one = 0;
        QCOMPARE((*weights)->readF32(*blocks, 1024, 1, &one).error().code, ErrorCode::InvalidInput);
        QCOMPARE((*weights)->readF32(*blocks, -1, 1, &one).error().code, ErrorCode::InvalidInput);
        QCOMPARE((*weights)->readF32(*blocks, 1, std::numeric_limits<qint64>::max(), &one).error().code, ErrorCode::InvalidInput);
    }
    void metadataOfEveryKind()
    {
        const auto reader = GgufReader::open(kBlocks);
        QVERIFY2(reader, reader ? "" : qPrintable(reader.error().message));
        QCOMPARE(reader->version(), 3);
        QCOMPARE(reader->text(QStringLiteral("general.architecture")), QStringLiteral("test"));
        QCOMPARE(reader->text(QStringLiteral("kinds.text")), QStringLiteral("grüße ▁ 你好"));
        const auto integer = [&](const char *key) { return reader->integer(QStringLiteral("kinds.") + QLatin1String(key), 0); };
        QCOMPARE(integer("u8"), 200);
        QCOMPARE(integer("i8"), -100);
        QCOMPARE(integer("u16"), 60000);
        QCOMPARE(integer("i16"), -30000);
        QCOMPARE(integer("u32"), 4000000000);
        QCOMPARE(integer("i32"), -2000000000);
        QCOMPARE(integer("u64"), qint64(1) << 62);
        QCOMPARE(integer("i64"), -(qint64(1) << 62));
        QCOMPARE(integer("absent"), 0);
        QCOMPARE(reader->number(QStringLiteral("kinds.f32"), 0), double(0.1f));
        QCOMPARE(reader->number(QStringLiteral("kinds.f64"), 0), 0.1);
        QCOMPARE(reader->number(QStringLiteral("kinds.u8"), 0), 200.0);
        QCOMPARE(reader->value(QStringLiteral("kinds.bool"))->boolean(), std::optional(true));
        QVERIFY(!reader->value(QStringLiteral("kinds.text"))->integer());
        const auto texts = reader->value(QStringLiteral("kinds.texts"))->texts();
        QCOMPARE(texts.size(), size_t(3));
        QCOMPARE(texts[2].toByteArray(), QByteArray("▁ö"));
        QCOMPARE(reader->value(QStringLiteral("kinds.whole"))->integers(), (std::vector<qint64>{3, -1, 7}));
        QCOMPARE(reader->value(QStringLiteral("kinds.fractions"))->numbers(), (std::vector<float>{0.5f, -2.25f}));
        QCOMPARE(reader->value(QStringLiteral("kinds.truths"))->integers(), (std::vector<qint64>{1, 0, 1}));
        QVERIFY(reader->value(QStringLiteral("kinds.fractions"))->texts().empty());
        QVERIFY(!reader->value(QStringLiteral("kinds.fractions"))->number());
    }
    void writtenFilesComeBackAndQuantizeAsRecorded()
    {
        const auto recorded = openWeights(kBlocks);
        const auto reader = GgufReader::open(kBlocks);
        QVERIFY(recorded && reader);
        std::vector<float> numbers(16 * 64);
        QVERIFY((*recorded)->readF32(*(*recorded)->find(QStringLiteral("numbers")), 0, 16 * 64, numbers.data()));
        GgufMetadata metadata;
        for (const QString &key : reader->keys())
            metadata.addCopy(key, *reader->value(key));
        metadata.addTexts(QStringLiteral("more.texts"), {"x", "", "ü"});
        metadata.addBools(QStringLiteral("more.truths"), {false, true});
        const std::vector<std::pair<QString, QString>> types = {{QStringLiteral("F16"), QStringLiteral("numbers.f16")},
            {QStringLiteral("BF16"), QStringLiteral("numbers.bf16")}, {QStringLiteral("Q8_0"), QStringLiteral("numbers.q8_0")},
            {QStringLiteral("F32"), QStringLiteral("numbers")}};
        std::vector<GgufWriter::Declaration> declarations{{QStringLiteral("one"), QStringLiteral("F32"), {1}}};
        for (const auto &[type, name] : types)
            declarations.push_back({name, type, {16, 64}});
        auto writer = GgufWriter::create(path("written.gguf"), metadata, declarations);
        QVERIFY2(writer, writer ? "" : qPrintable(writer.error().message));
        QVERIFY(writer->write(number(1.5f)));
        for (size_t i = 0; i < types.size(); ++i) {
            QVERIFY(writer->writeF32(numbers.data(), 64));
            QVERIFY(writer->writeF32(numbers.data() + 64, 15 * 64));
        }
        const auto hash = writer->finish();
        QVERIFY2(hash, hash ? "" : qPrintable(hash.error().message));
        QCOMPARE(*hash, *sha256OfFile(path("written.gguf")));
        const auto again = GgufReader::open(path("written.gguf"));
        QVERIFY2(again, again ? "" : qPrintable(again.error().message));
        for (const auto &[type, name] : types) {
            QCOMPARE(QLatin1String(again->find(name)->type->name), type);
            QCOMPARE(again->find(name)->begin % 32, 0);
            QVERIFY(again->bytes(*again->find(name)) == reader->bytes(*reader->find(name)));
        }
        QCOMPARE(again->text(QStringLiteral("kinds.text")), QStringLiteral("grüße ▁ 你好"));
        QCOMPARE(again->value(QStringLiteral("kinds.texts"))->texts().size(), size_t(3));
        QCOMPARE(again->value(QStringLiteral("more.texts"))->texts()[2].toByteArray(), QByteArray("ü"));
        QCOMPARE(again->value(QStringLiteral("more.truths"))->integers(), (std::vector<qint64>{0, 1}));
    }
    void writerRefuses()
    {
        const auto create = [&](const GgufMetadata &metadata, const std::vector<GgufWriter::Declaration> &declarations) {
            return GgufWriter::create(path("refused.gguf"), metadata, declarations);
        };
        const QString name = QStringLiteral("w"), f32 = QStringLiteral("F32"), q8 = QStringLiteral("Q8_0");
        COMPARE_REFUSAL(create({}, {{name, f32, {1}}, {name, f32, {1}}}), ErrorCode::InvalidInput, QStringLiteral("twice"));
        COMPARE_REFUSAL(create({}, {{name, q8, {2, 33}}}), ErrorCode::InvalidInput, QStringLiteral("blocks of 32"));
        COMPARE_REFUSAL(create({}, {{name, QStringLiteral("IQ1_S"), {256}}}), ErrorCode::Unsupported, QStringLiteral("IQ1_S"));
        COMPARE_REFUSAL(create({}, {{name, f32, {1, 1, 1, 1, 1}}}), ErrorCode::InvalidInput, QStringLiteral("5 dimensions"));
        COMPARE_REFUSAL(create({}, {{name, f32, {qint64(1) << 61, 8}}}), ErrorCode::LimitExceeded, QStringLiteral("63 bits"));
        GgufMetadata twice;
        twice.addBool(name, true);
        twice.addBool(name, true);
        COMPARE_REFUSAL(create(twice, {}), ErrorCode::InvalidInput, QStringLiteral("twice"));
        {
            auto writer = create({}, {{name, q8, {64}}});
            QVERIFY(writer);
            std::vector<float> bad(64, std::numeric_limits<float>::infinity());
            COMPARE_REFUSAL(writer->writeF32(bad.data(), 64), ErrorCode::InvalidInput, QStringLiteral("not finite"));
            COMPARE_REFUSAL(writer->writeF32(bad.data(), 33), ErrorCode::Internal, QStringLiteral("33 numbers"));
            COMPARE_REFUSAL(writer->finish(), ErrorCode::Internal, QStringLiteral("0 were written"));
            COMPARE_REFUSAL(writer->write(QByteArray(69, 'x')), ErrorCode::Internal, QStringLiteral("More bytes"));
        }
        QVERIFY(!QFileInfo::exists(path("refused.gguf")));
    }
    void quantizingExtremeNumbersStaysInRange()
    {
        std::vector<float> values(32, 0);
        values[0] = 1e-42f;
        values[1] = -1e-44f;
        char block[kQ8BlockBytes];
        QVERIFY(quantizeQ8(values.data(), 1, block));
        values[3] = std::numeric_limits<float>::max();
        QVERIFY(quantizeQ8(values.data(), 1, block));
        QCOMPARE(int(block[2 + 3]), 127);
        values[3] = std::numeric_limits<float>::quiet_NaN();
        QVERIFY(!quantizeQ8(values.data(), 1, block));
    }
    void hostileFiles_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("word");
        const auto row = [](const char *name, const QByteArray &bytes, ErrorCode code, const char *word) {
            QTest::newRow(name) << bytes << int(code) << QString::fromUtf8(word);
        };
        const auto corrupt = ErrorCode::Corrupt, limit = ErrorCode::LimitExceeded, unsupported = ErrorCode::Unsupported;
        const auto alignment = [](quint32 bytes) { return value("general.alignment", GgufKind::U32, u32(bytes)); };
        row("empty", {}, corrupt, "does not begin");
        row("other beginning", "GGML" + u32(3) + u64(0) + u64(0), corrupt, "does not begin");
        row("version 0", File{{}, {}, 0, 0}.make(), unsupported, "version 0");
        row("version 1", File{{}, {}, 0, 1}.make(), unsupported, "version 1");
        row("version 4", File{{}, {}, 0, 4}.make(), unsupported, "version 4");
        row("big-endian", "GGUF" + u32(0x03000000) + u64(0) + u64(0), unsupported, "largest byte first");
        row("more tensors than bytes", File{{}, {}, 0, 3, 0, qint64(1) << 60}.make(), corrupt, "announces");
        row("more values than bytes", File{{}, {}, 0, 3, qint64(1) << 60, 0}.make(), corrupt, "announces");
        row("values missing", File{{value("a", GgufKind::U8, "\1"), QByteArray(64, '\0')}, {}, 0, 3, 3, 0}.make(), corrupt, "empty");
        row("key longer than the file", File{{u64(1000) + QByteArray(90, 'a')}}.make(), corrupt, "1000 bytes");
        row("key of 2^63 bytes", File{{u64(quint64(1) << 63) + QByteArray(90, 'a')}}.make(), corrupt, "9223372036854775808 bytes");
        row("key too long", File{{counted(QByteArray(70000, 'k')) + u32(0) + "\1"}}.make(), limit, "70000 bytes");
        row("key no UTF-8", File{{value("\xff\xfe", GgufKind::U8, "\1")}}.make(), corrupt, "UTF-8");
        row("key twice", File{{value("a", GgufKind::U8, "\1"), value("a", GgufKind::U8, "\1")}}.make(), corrupt, "twice");
        row("unknown kind", File{{counted("a") + u32(13) + u64(0)}}.make(), corrupt, "unknown kind 13");
        row("truth of 2", File{{value("a", GgufKind::Bool, "\2")}}.make(), corrupt, "neither true nor false");
        row("text longer than the file", File{{value("a", GgufKind::Text, u64(1 << 20) + "x")}}.make(), corrupt, "text of “a”");
        row("list in a list", File{{list("a", GgufKind::List, 1, u32(0) + u64(0))}}.make(), unsupported, "list of lists");
        row("list of unknown kind", File{{counted("a") + u32(9) + u32(77) + u64(0)}}.make(), corrupt, "unknown kind 77");
        row("list longer than the file", File{{list("a", GgufKind::U32, 1000, u32(0))}}.make(), corrupt, "1000 elements");
        row("list whose bytes overflow", File{{list("a", GgufKind::U64, quint64(1) << 61, u32(0))}}.make(), corrupt, "elements");
        row("list of texts cut", File{{list("a", GgufKind::Text, 2, counted("x") + u64(9))}}.make(), corrupt, "a text of “a”");
        row("list with truth of 2", File{{list("a", GgufKind::Bool, 2, "\1\2")}}.make(), corrupt, "neither");
        row("alignment 0", File{{alignment(0)}}.make(), corrupt, "no power of two");
        row("alignment 3", File{{alignment(3)}}.make(), corrupt, "multiples of 3");
        row("alignment 2^31", File{{alignment(1u << 31)}}.make(), corrupt, "no power of two");
        row("alignment is a text", File{{value("general.alignment", GgufKind::Text, counted("32"))}}.make(), corrupt, "no whole number");
        row("one of three parts", File{{value("split.count", GgufKind::U16, u16(3))}}.make(), unsupported, "3 parts");
        row("tensor twice", File{{}, {tensor("t", {1}, 0, 0), tensor("t", {1}, 0, 32)}, 64}.make(), corrupt, "twice");
        row("tensor without a name", File{{}, {tensor("", {1}, 0, 0)}, 4}.make(), corrupt, "empty");
        row("name too long", File{{}, {tensor(QByteArray(2000, 'n'), {1}, 0, 0)}, 4}.make(), limit, "2000 bytes");
        row("rank 5", File{{}, {tensor("t", {1, 1, 1, 1, 1}, 0, 0)}, 4}.make(), limit, "5 dimensions");
        row("rank 2^32-1", File{{}, {counted("t") + u32(0xffffffff) + QByteArray(64, '\0')}, 4}.make(), limit, "dimensions");
        row("size of 2^63", File{{}, {tensor("t", {quint64(1) << 63}, 0, 0)}, 4}.make(), limit, "the size");
        row("product overflows", File{{}, {tensor("t", {1ull << 32, 1ull << 32}, 0, 0)}, 4}.make(), limit, "multiply");
        row("bytes overflow", File{{}, {tensor("t", {1ull << 62}, 0, 0)}, 4}.make(), limit, "larger than any file");
        row("row is no whole block", File{{}, {tensor("t", {33}, 8, 0)}, 68}.make(), corrupt, "blocks of 32");
        row("unread type", File{{}, {tensor("t", {256}, 19, 0)}, 64}.make(), unsupported, "IQ1_S");
        row("unknown type", File{{}, {tensor("t", {256}, 200, 0)}, 64}.make(), unsupported, "type 200");
        row("past the end", File{{}, {tensor("t", {9}, 0, 0)}, 32}.make(), corrupt, "needs 36 bytes");
        row("place beyond the file", File{{}, {tensor("t", {1}, 0, 1ull << 40)}, 32}.make(), corrupt, "begins at byte");
        row("place of 2^64-32", File{{}, {tensor("t", {8}, 0, ~quint64(31))}, 32}.make(), corrupt, "begins at byte");
        row("overlap", File{{}, {tensor("a", {16}, 0, 0), tensor("b", {8}, 0, 32)}, 64}.make(), corrupt, "overlap");
        row("same bytes twice", File{{}, {tensor("a", {8}, 0, 0), tensor("b", {8}, 0, 0)}, 32}.make(), corrupt, "overlap");
        row("hole", File{{}, {tensor("a", {8}, 0, 0), tensor("b", {8}, 0, 64)}, 96}.make(), corrupt, "hole");
        row("first not at 0", File{{}, {tensor("a", {8}, 0, 32)}, 64}.make(), corrupt, "hole");
        row("not aligned", File{{}, {tensor("a", {1}, 0, 0), tensor("b", {1}, 0, 4)}, 32}.make(), corrupt, "should at 32");
        row("bytes left over", File{{}, {tensor("a", {8}, 0, 0)}, 96}.make(), corrupt, "64 bytes at the end");
        row("data without tensors", File{{value("a", GgufKind::U8, "\1")}, {}, 4}.make(), corrupt, "belong to no tensor");
    }
    void hostileFiles()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(int, code);
        QFETCH(QString, word);
        COMPARE_REFUSAL(GgufReader::parse(bytes), ErrorCode(code), word);
        const QString file = writeFile(path("hostile.gguf"), bytes);
        COMPARE_REFUSAL(GgufReader::open(file), ErrorCode(code), QStringLiteral("hostile.gguf"));
    }
    void smallestFilesAreAccepted()
    {
        QVERIFY(GgufReader::parse(File{}.make()));
        QVERIFY(GgufReader::parse(File{{}, {}, 0, 2}.make()));
        const auto scalar = GgufReader::parse(File{{}, {tensor("t", {}, 0, 0)}, 4}.make());
        QVERIFY2(scalar, scalar ? "" : qPrintable(scalar.error().message));
        QVERIFY(scalar->tensors()[0].shape.empty());
        QVERIFY(GgufReader::parse(File{{}, {tensor("t", {0, 1ull << 40}, 0, 0)}}.make()));
    }
    void truncatedAtEveryByte()
    {
        const QByteArray whole = File{{value("general.name", GgufKind::Text, counted("x")), list("l", GgufKind::Text, 2, counted("a") + counted("b")),
                                       list("n", GgufKind::F32, 3, QByteArray(12, '\0')), value("b", GgufKind::Bool, "\1")},
                                      {tensor("a", {32, 2}, 8, 0), tensor("b", {3}, 1, 96)}, 102}.make();
        QVERIFY(GgufReader::parse(whole));
        for (qsizetype length = 0; length < whole.size(); ++length) {
            const QByteArray cut = QByteArray(whole.constData(), length);  // its own block, so that overruns are seen
            const auto result = GgufReader::parse(cut);
            QVERIFY2(!result, qPrintable(QString::number(length)));
            QVERIFY(result.error().code == ErrorCode::Corrupt && !result.error().message.isEmpty());
        }
    }
    void changedAtEveryByteNeverHarms()
    {
        const QByteArray whole = File{{list("l", GgufKind::Text, 2, counted("a") + counted("b"))}, {tensor("a", {32, 2}, 8, 0)}, 68}.make();
        for (qsizetype place = 0; place < whole.size(); ++place) {
            for (const char byte : {'\0', '\1', '\x7f', '\x80', '\xff'}) {
                QByteArray changed = whole;
                changed[place] = byte;
                const auto result = GgufReader::parse(changed);
                for (const GgufTensor &entry : result ? result->tensors() : std::vector<GgufTensor>()) {
                    std::vector<float> numbers(size_t(*elementCount(entry.shape)));
                    ggufToF32(*entry.type, result->bytes(entry).data(), 0, qint64(numbers.size()), numbers.data());
                }
            }
        }
    }
    void whatIsNoFile()
    {
        COMPARE_REFUSAL(GgufReader::open(path("absent.gguf")), ErrorCode::NotFound, QStringLiteral("absent.gguf"));
        COMPARE_REFUSAL(GgufReader::open(m_folder.path()), ErrorCode::InvalidInput, QStringLiteral("folder"));
        COMPARE_REFUSAL(GgufReader::open(QStringLiteral("/dev/null")), ErrorCode::InvalidInput, QStringLiteral("regular"));
    }
};

QTEST_GUILESS_MAIN(TestGguf)
#include "test_gguf.moc"
