// safetensors: what is written comes back, and every lie a header can tell is refused with what it lied about.
#include "core/interop/safetensors.h"

#include <QtEndian>
#include <QtTest>

using namespace athanor;
using namespace athanor::interop;

class TestSafetensors : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    QString path(const char *name) const { return m_folder.filePath(QLatin1String(name)); }

    QString write(const QByteArray &header, const QByteArray &data, qint64 announced = -1)
    {
        const quint64 length = qToLittleEndian(quint64(announced < 0 ? header.size() : announced));
        QFile file(path("hostile.safetensors"));
        if (!file.open(QIODevice::WriteOnly))
            return {};
        file.write(QByteArray(reinterpret_cast<const char *>(&length), 8) + header + data);
        return file.fileName();
    }

private Q_SLOTS:
    void roundTrip()
    {
        const QByteArray first("\1\2\3\4\5\6\7\10\11\12\13\14", 12), second("\0\1", 2);
        auto writer = SafetensorsWriter::create(path("good.safetensors"),
                                                {{QStringLiteral("blocks.0.weight"), ElementType::F32, {3, 1}},
                                                 {QStringLiteral("ünïcode \"name\""), ElementType::BF16, {}},
                                                 {QStringLiteral("empty"), ElementType::I64, {0, 5}}},
                                                {{QStringLiteral("format"), QStringLiteral("pt")}});
        QVERIFY(writer);
        QVERIFY(writer->write(QByteArrayView(first).first(5)));
        QVERIFY(writer->write(QByteArrayView(first).sliced(5)));
        QVERIFY(writer->write(second));
        const auto hash = writer->finish();
        QVERIFY(hash);
        QCOMPARE(*hash, *sha256OfFile(path("good.safetensors")));

        const auto reader = SafetensorsReader::open(path("good.safetensors"));
        QVERIFY2(reader, reader ? "" : qPrintable(reader.error().message));
        QCOMPARE(reader->tensors().size(), size_t(3));
        QCOMPARE(reader->metadata().value(QStringLiteral("format")), QStringLiteral("pt"));
        const TensorEntry *entry = reader->find(QStringLiteral("blocks.0.weight"));
        QVERIFY(entry);
        QCOMPARE(entry->shape, (std::vector<qint64>{3, 1}));
        QCOMPARE(reader->bytes(*entry).toByteArray(), first);
        QCOMPARE(reader->bytes(*reader->find(QStringLiteral("ünïcode \"name\""))).toByteArray(), second);
        QCOMPARE(reader->find(QStringLiteral("empty"))->byteCount, 0);
        QVERIFY(!reader->find(QStringLiteral("absent")));
    }
    void dataBeginsOnAMultipleOfEight()
    {
        auto writer = SafetensorsWriter::create(path("aligned.safetensors"), {{QStringLiteral("x"), ElementType::U8, {1}}});
        QVERIFY(writer && writer->write("a") && writer->finish());
        QCOMPARE((QFileInfo(path("aligned.safetensors")).size() - 1) % 8, 0);
    }
    void writerRefusesDoubledNames()
    {
        const std::vector<SafetensorsWriter::Declaration> twice(2, {QStringLiteral("x"), ElementType::F32, {1}});
        QCOMPARE(SafetensorsWriter::create(path("x"), twice).error().code, ErrorCode::InvalidInput);
        QCOMPARE(SafetensorsWriter::create(path("x"), {{QStringLiteral("__metadata__"), ElementType::F32, {1}}}).error().code,
                 ErrorCode::InvalidInput);
        QVERIFY(!QFileInfo::exists(path("x")));
    }
    void writerRefusesOverflow()
    {
        const qint64 large = qint64(1) << 40;
        QCOMPARE(SafetensorsWriter::create(path("x"), {{QStringLiteral("x"), ElementType::F32, {large, large}}}).error().code,
                 ErrorCode::LimitExceeded);
    }
    void writerThatStopsEarlyLeavesNoFile()
    {
        {
            auto writer = SafetensorsWriter::create(path("cut.safetensors"), {{QStringLiteral("x"), ElementType::F32, {4}}});
            QVERIFY(writer && writer->write("abcd"));
            QCOMPARE(writer->finish().error().code, ErrorCode::Internal);
        }
        QVERIFY(!QFileInfo::exists(path("cut.safetensors")));
    }
    void missingEmptyAndShortFiles()
    {
        QCOMPARE(SafetensorsReader::open(path("absent")).error().code, ErrorCode::NotFound);
        for (const QByteArray &content : {QByteArray(), QByteArray("1234567")}) {
            QFile file(path("short"));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(content);
            file.close();
            QCOMPARE(SafetensorsReader::open(file.fileName()).error().code, ErrorCode::Corrupt);
        }
    }
    void whatIsNoFile()
    {
        QCOMPARE(SafetensorsReader::open(m_folder.path()).error().code, ErrorCode::InvalidInput);
        QCOMPARE(SafetensorsReader::open(QStringLiteral("/dev/null")).error().code, ErrorCode::InvalidInput);
    }
    void truncatedAtEveryByte()
    {
        const QByteArray header = R"({"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[],"data_offsets":[4,5]}})";
        QFile whole(write(header, "12345"));
        QVERIFY(SafetensorsReader::open(whole.fileName()) && whole.open(QIODevice::ReadWrite));
        for (qint64 length = whole.size() - 1; length >= 0; --length) {
            QVERIFY(whole.resize(length));
            const auto reader = SafetensorsReader::open(whole.fileName());
            QVERIFY2(!reader && reader.error().code == ErrorCode::Corrupt, qPrintable(QString::number(length)));
        }
    }
    void hostileHeaderLengths()
    {
        const QByteArray header = "{}";
        for (qint64 announced : {qint64(3), qint64(100), qint64(99'999'999), qint64(100'000'001),
                                 std::numeric_limits<qint64>::max()})
            QCOMPARE(SafetensorsReader::open(write(header, {}, announced)).error().code, ErrorCode::Corrupt);
        QCOMPARE(SafetensorsReader::open(write("\xff\xff\xff\xff", {}, -2)).error().code, ErrorCode::Corrupt);
    }
    void hostileHeaders_data()
    {
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<int>("dataBytes");
        QTest::addColumn<int>("code");
        const int corrupt = int(ErrorCode::Corrupt), limit = int(ErrorCode::LimitExceeded);
        const auto row = [](const char *name, const char *header, int bytes, int code) {
            QTest::newRow(name) << QByteArray(header) << bytes << code;
        };
        row("not JSON", "{", 0, corrupt);
        row("leading space", " {}", 0, corrupt);
        row("a list", "[]", 0, corrupt);
        row("text after the object", "{}x", 0, corrupt);
        row("bytes that belong to nobody", "{}", 4, corrupt);
        row("hole", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})", 2, corrupt);
        row("overlap", R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})", 3, corrupt);
        row("same bytes twice", R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", 2, corrupt);
        row("ends before it begins", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}})", 1, corrupt);
        row("past the end", R"({"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}})", 3, corrupt);
        row("shape and bytes disagree", R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4, corrupt);
        row("product overflows", R"({"a":{"dtype":"U8","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,0]}})", 0, limit);
        row("bytes overflow", R"({"a":{"dtype":"F64","shape":[4611686018427387904],"data_offsets":[0,0]}})", 0, limit);
        row("number beyond 64 bits", R"({"a":{"dtype":"U8","shape":[99999999999999999999],"data_offsets":[0,0]}})", 0, corrupt);
        row("number beyond 63 bits", R"({"a":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,0]}})", 0, corrupt);
        row("negative size", R"({"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}})", 1, corrupt);
        row("fraction", R"({"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}})", 1, corrupt);
        row("doubled tensor", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1, corrupt);
        row("doubled entry", R"({"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1, corrupt);
        row("unknown entry", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"more":1}})", 1, corrupt);
        row("no type", R"({"a":{"shape":[1],"data_offsets":[0,1]}})", 1, corrupt);
        row("no shape", R"({"a":{"dtype":"U8","data_offsets":[0,1]}})", 1, corrupt);
        row("no offsets", R"({"a":{"dtype":"U8","shape":[1]}})", 1, corrupt);
        row("one offset", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}})", 1, corrupt);
        row("three offsets", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}})", 1, corrupt);
        row("type is a number", R"({"a":{"dtype":8,"shape":[1],"data_offsets":[0,1]}})", 1, corrupt);
        row("tensor is a text", R"({"a":"U8"})", 0, corrupt);
        row("tensor is null", R"({"a":null})", 0, corrupt);
        row("deeply nested", R"({"a":{"dtype":"U8","shape":[[[[1]]]],"data_offsets":[0,1]}})", 1, corrupt);
        row("metadata holds a number", R"({"__metadata__":{"a":1}})", 0, corrupt);
        row("metadata nested", R"({"__metadata__":{"a":{}}})", 0, corrupt);
        row("unknown type", R"({"a":{"dtype":"F3","shape":[1],"data_offsets":[0,1]}})", 1, int(ErrorCode::Unsupported));
        row("invalid UTF-8", "{\"\xff\xfe\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, corrupt);
    }
    void hostileHeaders()
    {
        QFETCH(QByteArray, header);
        QFETCH(int, dataBytes);
        QFETCH(int, code);
        const auto reader = SafetensorsReader::open(write(header, QByteArray(dataBytes, 'x')));
        QVERIFY(!reader);
        QCOMPARE(int(reader.error().code), code);
        QVERIFY(!reader.error().message.isEmpty());
    }
    void hugeNestingDoesNotOverflowTheStack()
    {
        const auto reader = SafetensorsReader::open(write("{\"a\":" + QByteArray(2'000'000, '[') + "}", {}));
        QCOMPARE(reader.error().code, ErrorCode::Corrupt);
    }
    void tooManyDimensions()
    {
        QByteArray ones = "1";
        for (int i = 0; i < 40; ++i)
            ones += ",1";
        const auto reader = SafetensorsReader::open(
            write(R"({"a":{"dtype":"U8","shape":[)" + ones + R"(],"data_offsets":[0,1]}})", "x"));
        QCOMPARE(reader.error().code, ErrorCode::Corrupt);
    }
    void trailingSpacesInTheHeaderAreAllowed()
    {
        const auto reader = SafetensorsReader::open(
            write(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}      )", "x"));
        QVERIFY(reader);
    }
    void entriesComeInTheOrderOfTheirBytes()
    {
        const auto reader = SafetensorsReader::open(
            write(R"({"late":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"early":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "xy"));
        QVERIFY(reader);
        QCOMPARE(reader->tensors()[0].name, QStringLiteral("early"));
        QCOMPARE(reader->bytes(reader->tensors()[1]).toByteArray(), QByteArray("y"));
    }
};

QTEST_APPLESS_MAIN(TestSafetensors)
#include "test_safetensors.moc"
