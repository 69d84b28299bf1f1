// Recipes as data, completed, hashed and refused; and the choice of what is held out.
#include "core/corpus/recipe.h"
#include "core/corpus/split.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace athanor;
using namespace athanor::corpus;

class TestRecipes : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_catalogue.scan({QStringLiteral(ATHANOR_BINARY_DIR "/lib/athanor/plugins")});
        QVERIFY(m_catalogue.find(QStringLiteral("filter.length")));
    }

    void recipes()
    {
        const QJsonObject usual = defaultRecipe(m_catalogue);
        auto checked = checkRecipe(usual, m_catalogue);
        QVERIFY(checked);
        QCOMPARE(*checked, usual);
        QVERIFY(usual.value(QLatin1String("steps")).toArray().size() >= 6);
        QJsonObject sparse = usual;
        QJsonArray steps;
        for (const QJsonValue &step : usual.value(QLatin1String("steps")).toArray())
            steps.append(QJsonObject{{QStringLiteral("plugin"), step.toObject().value(QLatin1String("plugin"))}});
        sparse[QStringLiteral("steps")] = steps;
        sparse.remove(QStringLiteral("split"));
        QCOMPARE(recipeHash(*checkRecipe(sparse, m_catalogue)), recipeHash(usual));
    }

    void badRecipes_data()
    {
        QTest::addColumn<QByteArray>("recipe");
        QTest::newRow("no steps") << QByteArray("{}");
        QTest::newRow("unknown method") << QByteArray(R"({"steps":[{"plugin":"filter.none"}]})");
        QTest::newRow("wrong kind") << QByteArray(R"({"steps":[{"plugin":"reader.html"}]})");
        QTest::newRow("unknown key") << QByteArray(R"({"steps":[{"plugin":"filter.length","settings":{"least":1}}]})");
        QTest::newRow("outside limits") << QByteArray(R"({"steps":[{"plugin":"filter.length","settings":{"least_words":-1}}]})");
        QTest::newRow("settings are a list") << QByteArray(R"({"steps":[{"plugin":"filter.length","settings":[]}]})");
        QTest::newRow("share above half") << QByteArray(R"({"steps":[],"split":{"validation_share":0.9}})");
        QTest::newRow("unknown entry") << QByteArray(R"({"steps":[],"stages":[]})");
        QTest::newRow("newer") << QByteArray(R"({"format":9,"steps":[]})");
        QTest::newRow("unknown reader") << QByteArray(R"({"steps":[],"readers":{"reader.none":{}}})");
    }
    void badRecipes()
    {
        QFETCH(QByteArray, recipe);
        auto checked = checkRecipe(QJsonDocument::fromJson(recipe).object(), m_catalogue);
        QVERIFY(!checked);
        QVERIFY(!checked.error().message.isEmpty());
    }

    void split()
    {
        QStringList clusters;
        for (int i = 0; i < 2000; ++i)
            clusters += QString::number(i);
        const auto heldOut = chooseValidation(clusters, {0.05, 1});
        const auto count = std::count(heldOut.begin(), heldOut.end(), true);
        QVERIFY2(count > 60 && count < 140, qPrintable(QString::number(count)));
        QVERIFY(chooseValidation(clusters, {0.05, 2}) != heldOut);
        const auto fewer = chooseValidation(clusters.mid(0, 1000), {0.05, 1});
        QVERIFY(std::equal(fewer.begin(), fewer.end(), heldOut.begin()));  // a document keeps its side
        const auto two = chooseValidation({QStringLiteral("a"), QStringLiteral("b")}, {0.0001, 1});
        QCOMPARE(std::count(two.begin(), two.end(), true), 1);
        const auto none = chooseValidation(clusters, {0, 1});
        QCOMPARE(std::count(none.begin(), none.end(), true), 0);
        QCOMPARE(chooseValidation({QStringLiteral("a")}, {0.5, 1}), std::vector<bool>{false});
        QVERIFY(chooseValidation({}, {0.5, 1}).empty());
    }

private:
    plugin::Catalogue m_catalogue;
};

QTEST_GUILESS_MAIN(TestRecipes)
#include "test_recipes.moc"
