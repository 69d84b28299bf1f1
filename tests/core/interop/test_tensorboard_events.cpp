// Checksums by their published values; event files read back by a reader of the test's own.
#include "core/interop/crc32c.h"
#include "core/interop/tensorboard_events.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>
#include <QtEndian>

#include <bit>
#include <cmath>
#include <limits>

using namespace athanor;
using namespace athanor::interop;

namespace {

/// One message: its fields in order, as they stand on the wire.
struct Field {
    int number = 0;
    quint64 plain = 0;   // varint, or the bits of a fixed number
    QByteArray bytes;
};

QList<Field> fieldsOf(const QByteArray &message)
{
    QList<Field> fields;
    qsizetype at = 0;
    const auto varint = [&] {
        quint64 value = 0;
        for (int shift = 0; at < message.size(); shift += 7) {
            const auto byte = quint8(message[at++]);
            value |= quint64(byte & 0x7f) << shift;
            if (byte < 0x80)
                break;
        }
        return value;
    };
    while (at < message.size()) {
        const quint64 key = varint();
        Field field{int(key >> 3), 0, {}};
        switch (key & 7) {
        case 0: field.plain = varint(); break;
        case 1: field.plain = qFromLittleEndian<quint64>(message.constData() + at), at += 8; break;
        case 5: field.plain = qFromLittleEndian<quint32>(message.constData() + at), at += 4; break;
        case 2: {
            const auto size = qsizetype(varint());
            field.bytes = message.mid(at, size);
            at += size;
            break;
        }
        default: qFatal("an unknown wire type");
        }
        fields += field;
    }
    return fields;
}

Field field(const QByteArray &message, int number)
{
    for (const Field &candidate : fieldsOf(message))
        if (candidate.number == number)
            return candidate;
    return {};
}

/// Whole records with right checksums; stops at the first that is torn or wrong.
QList<QByteArray> recordsOf(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("cannot read %s", qPrintable(path));
    QList<QByteArray> records;
    for (;;) {
        const QByteArray head = file.read(8), headCheck = file.read(4);
        if (headCheck.size() < 4 || qFromLittleEndian<quint32>(headCheck.constData()) != maskedCrc32c(head))
            return records;
        const auto size = qint64(qFromLittleEndian<quint64>(head.constData()));
        const QByteArray body = file.read(size), check = file.read(4);
        if (body.size() != size || check.size() < 4 || qFromLittleEndian<quint32>(check.constData()) != maskedCrc32c(body))
            return records;
        records += body;
    }
}

double wallTime(const QByteArray &event) { return std::bit_cast<double>(field(event, 1).plain); }
qint64 stepOf(const QByteArray &event) { return qint64(field(event, 2).plain); }

QMap<QString, float> scalarsOf(const QByteArray &event)
{
    QMap<QString, float> scalars;
    for (const Field &value : fieldsOf(field(event, 5).bytes))
        scalars[QString::fromUtf8(field(value.bytes, 1).bytes)] = std::bit_cast<float>(quint32(field(value.bytes, 2).plain));
    return scalars;
}

}  // namespace

class TestTensorBoardEvents : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

private Q_SLOTS:
    // RFC 3720, appendix B.4.
    void checksums_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<quint32>("checksum");
        QByteArray up, down;
        for (int i = 0; i < 32; ++i) {
            up += char(i);
            down += char(31 - i);
        }
        QTest::newRow("nothing") << QByteArray() << 0u;
        QTest::newRow("zeros") << QByteArray(32, '\0') << 0x8a9136aau;
        QTest::newRow("ones") << QByteArray(32, '\xff') << 0x62a8ab43u;
        QTest::newRow("up") << up << 0x46dd794eu;
        QTest::newRow("down") << down << 0x113fdb5cu;
        QTest::newRow("digits") << QByteArray("123456789") << 0xe3069283u;
        QTest::newRow("iSCSI read command")
            << QByteArray::fromHex("01c00000000000000000000000000000140000000000040000000014000000182800000000000000"
                                   "0200000000000000")
            << 0xd9963a56u;
    }
    void checksums()
    {
        QFETCH(QByteArray, bytes);
        QTEST(crc32c(bytes), "checksum");
        const quint32 plain = crc32c(bytes), turned = maskedCrc32c(bytes) - 0xa282ead8u;
        QCOMPARE((turned >> 17) | (turned << 15), plain);
    }

    void eventsComeBack()
    {
        auto writer = EventFileWriter::create(m_folder.filePath(QStringLiteral("a/tensorboard")), 7);
        QVERIFY2(writer, qPrintable(writer ? QString() : writer.error().message));
        QVERIFY(QFileInfo(writer->path()).fileName().startsWith(QStringLiteral("events.out.tfevents.")));
        QVERIFY(writer->scalars(7, {{QStringLiteral("train/loss"), 5.25}, {QStringLiteral("lr"), 1e-3}}));
        QVERIFY(writer->scalars(300, {{QStringLiteral("train/loss"), std::numeric_limits<double>::quiet_NaN()}}));
        QVERIFY(writer->text(300, QStringLiteral("sample"), QStringLiteral("sætning\nto")));
        const QList<QByteArray> records = recordsOf(writer->path());
        QCOMPARE(records.size(), 5);
        QCOMPARE(field(records[0], 3).bytes, QByteArray("brain.Event:2"));
        QCOMPARE(stepOf(records[1]), 7);  // what earlier files hold from here on is replaced
        QCOMPARE(field(field(records[1], 7).bytes, 1).plain, quint64(1));
        QVERIFY(wallTime(records[2]) > 1.6e9);
        QCOMPARE(stepOf(records[2]), 7);
        const auto scalars = scalarsOf(records[2]);
        QCOMPARE(scalars.value(QStringLiteral("train/loss")), 5.25f);
        QCOMPARE(scalars.value(QStringLiteral("lr")), 1e-3f);
        QCOMPARE(stepOf(records[3]), 300);
        QVERIFY(std::isnan(scalarsOf(records[3]).first()));
        const QByteArray value = field(field(records[4], 5).bytes, 1).bytes;
        QCOMPARE(field(value, 1).bytes, QByteArray("sample"));
        QCOMPARE(field(field(field(value, 9).bytes, 1).bytes, 1).bytes, QByteArray("text"));
        const QByteArray tensor = field(value, 8).bytes;
        QCOMPARE(field(tensor, 1).plain, quint64(7));
        QCOMPARE(field(field(field(tensor, 2).bytes, 2).bytes, 1).plain, quint64(1));
        QCOMPARE(QString::fromUtf8(field(tensor, 8).bytes), QStringLiteral("sætning\nto"));
    }

    void eachAttemptHasItsFile()
    {
        const QString folder = m_folder.filePath(QStringLiteral("b"));
        auto first = EventFileWriter::create(folder, 1), second = EventFileWriter::create(folder, 5);
        QVERIFY(first && second);
        QVERIFY(first->path() != second->path());
        QCOMPARE(QDir(folder).entryList(QDir::Files).size(), 2);
    }

    void aTornRecordEndsTheFile()
    {
        auto writer = EventFileWriter::create(m_folder.filePath(QStringLiteral("c")), 1);
        QVERIFY(writer);
        QVERIFY(writer->scalars(1, {{QStringLiteral("a"), 1}}));
        QVERIFY(writer->scalars(2, {{QStringLiteral("a"), 2}}));
        const qint64 whole = QFileInfo(writer->path()).size();
        for (const qint64 cut : {1, 4, 5, 20}) {
            QVERIFY(QFile::resize(writer->path(), whole - cut));
            QCOMPARE(recordsOf(writer->path()).size(), 3);
        }
    }

    void aFolderThatCannotBeMadeIsAnError()
    {
        QFile file(m_folder.filePath(QStringLiteral("file")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QVERIFY(!EventFileWriter::create(file.fileName(), 1));
    }
};

QTEST_GUILESS_MAIN(TestTensorBoardEvents)
#include "test_tensorboard_events.moc"
