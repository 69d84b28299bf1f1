// Rows for new tokens: means of old rows, in every type; wrong sizes and ids are refused.
#include "core/interop/element_conversion.h"
#include "core/interop/extended_rows.h"

#include <QtTest>

using namespace athanor;
using namespace athanor::interop;
using tokenizer::NewToken;

class TestExtendedRows : public QObject {
    Q_OBJECT

    static QByteArray rowsOf(ElementType type, const std::vector<float> &values)
    {
        QByteArray bytes(qsizetype(values.size()) * elementBytes(type), '\0');
        if (!convertFromF32(values.data(), qint64(values.size()), type, bytes.data()))
            qFatal("no such type");
        return bytes;
    }
    static std::vector<float> valuesOf(ElementType type, const QByteArray &bytes)
    {
        std::vector<float> values(size_t(bytes.size() / elementBytes(type)));
        convertToF32(type, bytes.constData(), qint64(values.size()), values.data());
        return values;
    }

private Q_SLOTS:
    void newRowsAreMeans()
    {
        for (const ElementType type : {ElementType::F32, ElementType::F16, ElementType::BF16}) {
            const QByteArray rows = rowsOf(type, {1, 2, 3, 4, 5, 12});  // 3 rows of 2
            const auto out = extendedRows(rows, type, 2, {{"ab", 3, {0, 1}}, {"c", 4, {2}}, {"d", 5, {}}, {"e", 6, {0, 0, 2}}});
            QVERIFY(out.has_value());
            const std::vector<float> values = valuesOf(type, *out);
            QVERIFY(out->startsWith(rows));
            QCOMPARE(values.size(), size_t(14));
            const std::vector<float> tail(values.begin() + 6, values.begin() + 12);
            QVERIFY((tail == std::vector<float>{2, 3, 5, 12, 3, 6}));
            QVERIFY(qAbs(values[12] - 7.0F / 3) < 0.02F && qAbs(values[13] - 16.0F / 3) < 0.04F);
        }
    }
    void aSpareRowIsFilled()
    {
        const auto out = extendedRows(rowsOf(ElementType::F32, {1, 3, 0, 0}), ElementType::F32, 1, {{"x", 2, {0, 1}}});
        QVERIFY(out.has_value());
        QVERIFY((valuesOf(ElementType::F32, *out) == std::vector<float>{1, 3, 2, 0}));
    }
    void whatDoesNotFitIsRefused()
    {
        const QByteArray rows = rowsOf(ElementType::F32, {1, 2, 3, 4});
        QCOMPARE(extendedRows(rows, ElementType::F32, 3, {}).error().code, ErrorCode::InvalidInput);
        QCOMPARE(extendedRows(rows, ElementType::F32, 0, {}).error().code, ErrorCode::InvalidInput);
        QCOMPARE(extendedRows(rows, ElementType::F32, qint64(1) << 62, {}).error().code, ErrorCode::InvalidInput);
        QCOMPARE(extendedRows({}, ElementType::F32, 2, {}).error().code, ErrorCode::InvalidInput);
        QCOMPARE(extendedRows(rows, ElementType::I32, 2, {}).error().code, ErrorCode::Unsupported);
        QCOMPARE(extendedRows(rows, ElementType::F32, 2, {{"x", 2, {2}}}).error().code, ErrorCode::InvalidInput);
        QCOMPARE(extendedRows(rows, ElementType::F32, 2, {{"x", 9, {0}}}).error().code, ErrorCode::InvalidInput);
        QCOMPARE(extendedRows(rows, ElementType::F32, 2, {{"x", -1, {0}}}).error().code, ErrorCode::InvalidInput);
    }
};

QTEST_GUILESS_MAIN(TestExtendedRows)
#include "test_extended_rows.moc"
