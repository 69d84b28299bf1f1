// Tokens, sheet, type, icons and the small widgets.
#include "ui/style/appearance.h"
#include "ui/style/chips.h"
#include "ui/style/icon.h"
#include "ui/style/toast.h"
#include "ui/style/type.h"
#include "ui/style/widgets.h"

#include <QtTest/QtTest>

using namespace athanor::style;

class TestStyle : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void contrastOfKnownPairs();
    void textIsReadable_data();
    void textIsReadable();
    void linesAreVisible_data() { themes(); }
    void linesAreVisible();
    void everySheetNameIsAToken();
    void nothingElseNamesAColour();
    void themeSwitchesLive();
    void choiceIsRemembered();
    void digitsHaveOneWidth();
    void iconsFollowTheTheme();
    void iconsHaveOneWeight();
    void headerHasOnePrimary();
    void aHeldKeyPressesThePrimaryOnce();
    void elidedLabelKeepsTheWhole();
    void chipsAreExclusive();
    void flowLayoutWraps();
    void toastUndoesOnce();
    void toastBeforeTheWindowIsSeen();
    void emptyStateActs();
    void hintRowActs();
    void factsReplaceThemselves();

private:
    static void themes();
};

void TestStyle::themes()
{
    QTest::addColumn<int>("theme");
    QTest::newRow("dark") << static_cast<int>(Theme::Dark);
    QTest::newRow("light") << static_cast<int>(Theme::Light);
}

void TestStyle::contrastOfKnownPairs()
{
    QCOMPARE(qRound(contrastRatio(Qt::white, Qt::black) * 100), 2100);
    QCOMPARE(qRound(contrastRatio(Qt::white, Qt::white) * 100), 100);
    QCOMPARE(qRound(contrastRatio(QColor(QStringLiteral("#777777")), Qt::white) * 100), 448);
    QCOMPARE(contrastRatio(Qt::red, Qt::blue), contrastRatio(Qt::blue, Qt::red));
}

void TestStyle::textIsReadable_data() { themes(); }

void TestStyle::textIsReadable()
{
    QFETCH(int, theme);
    const Tokens &t = tokensOf(static_cast<Theme>(theme));
    for (const QColor &ground : {t.ground, t.rail, t.surface, t.raised})
        for (const QColor &text : {t.text, t.second, t.third, t.accent, t.good, t.attention, t.bad})
            QVERIFY2(contrastRatio(text, ground) >= 4.5,
                     qPrintable(QStringLiteral("%1 on %2: %3").arg(text.name(), ground.name()).arg(contrastRatio(text, ground))));
    QVERIFY(contrastRatio(t.onAccent, t.accent) >= 4.5);
    QVERIFY(contrastRatio(t.text, mixed(t.surface, t.bad, 0.14)) >= 4.5);
    QVERIFY(contrastRatio(t.text, mixed(t.surface, t.attention, 0.14)) >= 4.5);
}

void TestStyle::linesAreVisible()
{
    QFETCH(int, theme);
    const Tokens &t = tokensOf(static_cast<Theme>(theme));
    for (const QColor &ground : {t.ground, t.surface})
        for (const QColor &line : {t.series[0], t.series[1], t.series[2], t.series[3], t.accent, t.good, t.attention, t.bad, t.third})
            QVERIFY2(contrastRatio(line, ground) >= 3.0, qPrintable(line.name() + u' ' + ground.name()));
    for (int a = 0; a < 4; ++a)
        for (int b = a + 1; b < 4; ++b)
            QVERIFY(seriesDash(a) != seriesDash(b));
    QCOMPARE(seriesDash(4), seriesDash(0));
    QCOMPARE(seriesDash(-3), seriesDash(0));
}

void TestStyle::everySheetNameIsAToken()
{
    for (const Theme theme : {Theme::Dark, Theme::Light}) {
        const QString sheet = styleSheetFor(tokensOf(theme));
        QVERIFY(!sheet.contains(u'@'));
        QVERIFY(!sheet.contains(QStringLiteral(": ;")));
        QVERIFY(!sheet.contains(QStringLiteral("solid ;")));
        QVERIFY(sheet.contains(tokensOf(theme).accent.name()));
    }
}

// Only tokens.cpp names colours: no "#rrggbb" and no Qt::red anywhere else in ui/ and app/.
void TestStyle::nothingElseNamesAColour()
{
    static const QRegularExpression kColour(QStringLiteral("#[0-9a-fA-F]{6}\\b|\\bQt::(red|green|blue|white|black|gray|yellow|cyan|magenta)\\b|QColor\\(\\s*\\d"));
    for (const char *root : {"/ui", "/app"}) {
        QDirIterator files(QStringLiteral(ATHANOR_SOURCE_DIR) + QString::fromLatin1(root), {QStringLiteral("*.cpp"), QStringLiteral("*.h")},
                           QDir::Files, QDirIterator::Subdirectories);
        while (files.hasNext()) {
            QFile file(files.next());
            if (file.fileName().endsWith(QLatin1String("/ui/style/tokens.cpp")))
                continue;
            QVERIFY(file.open(QIODevice::ReadOnly));
            const QRegularExpressionMatch match = kColour.match(QString::fromUtf8(file.readAll()));
            QVERIFY2(!match.hasMatch(), qPrintable(file.fileName() + QStringLiteral(": ") + match.captured()));
        }
    }
}

void TestStyle::themeSwitchesLive()
{
    Appearance *appearance = Appearance::instance();
    appearance->setTheme(Theme::Light);
    QLabel label(QStringLiteral("text"));
    label.show();
    QSignalSpy changed(appearance, &Appearance::changed);
    appearance->setTheme(Theme::Dark);
    QCOMPARE(changed.size(), 1);
    QCOMPARE(label.palette().color(QPalette::WindowText), tokensOf(Theme::Dark).text);
    appearance->setTheme(Theme::Dark);
    QCOMPARE(changed.size(), 1);
}

void TestStyle::choiceIsRemembered()
{
    Appearance *appearance = Appearance::instance();
    appearance->setChoice(Appearance::Choice::Light);
    QCOMPARE(appearance->theme(), Theme::Light);
    appearance->setChoice(Appearance::Choice::Dark);
    QCOMPARE(appearance->theme(), Theme::Dark);
    appearance->setChoice(Appearance::Choice::System);
    QCOMPARE(appearance->choice(), Appearance::Choice::System);
}

void TestStyle::digitsHaveOneWidth()
{
    const QFont font = sized(kValuePixels, QFont::DemiBold);
    const double first = figuresWidth(font, QStringLiteral("1.111"));
    for (const char *text : {"0.000", "7.777", "4.190"})
        QCOMPARE(figuresWidth(font, QString::fromLatin1(text)), first);
    QVERIFY(figuresWidth(font, QStringLiteral("4,100 tokens/s")) > first);
    const QFontMetricsF metrics(figureFont(11));
    for (char16_t digit = u'1'; digit <= u'9'; ++digit)
        QVERIFY(std::abs(metrics.horizontalAdvance(QChar(digit)) - metrics.horizontalAdvance(u'0')) < 0.1);
}

void TestStyle::iconsFollowTheTheme()
{
    QVERIFY(iconNames().size() >= 30);
    for (const QString &name : iconNames()) {
        const QImage image = iconPixmap(name, 24, tokensOf(Theme::Dark).text).toImage();
        bool drawn = false;
        for (int y = 0; y < image.height() && !drawn; ++y)
            for (int x = 0; x < image.width() && !drawn; ++x)
                drawn = qAlpha(image.pixel(x, y)) > 128;
        QVERIFY2(drawn, qPrintable(name));
    }
    const QIcon same = icon(QStringLiteral("data"));
    Appearance::instance()->setTheme(Theme::Light);
    const QImage light = same.pixmap(24).toImage();
    Appearance::instance()->setTheme(Theme::Dark);
    QVERIFY(light != same.pixmap(24).toImage());
    QVERIFY(iconPixmap(QStringLiteral("no such icon"), 16, Qt::red).toImage().pixelColor(8, 8).alpha() == 0);
}

void TestStyle::iconsHaveOneWeight()
{
    for (const QString &name : iconNames()) {
        QFile file(QStringLiteral(":/athanor/icons/%1.svg").arg(name));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray svg = file.readAll();
        QVERIFY2(svg.contains("stroke-width=\"1.7\"") && svg.contains("stroke=\"currentColor\""), qPrintable(name));
        QVERIFY2(!svg.contains('#'), qPrintable(name));
    }
}

void TestStyle::headerHasOnePrimary()
{
    PageHeader header(QStringLiteral("Training"));
    QPushButton *first = header.setPrimary(QStringLiteral("Start"));
    header.addButton(QStringLiteral("Compare"));
    QCOMPARE(header.setPrimary(QStringLiteral("Try it")), first);
    int primaries = 0;
    for (const QPushButton *button : header.findChildren<QPushButton *>())
        primaries += button->property("role").toString() == QLatin1String("primary");
    QCOMPARE(primaries, 1);
    header.resize(800, 60);
    header.show();
    QVERIFY(header.primary()->x() > header.findChildren<QPushButton *>().last()->x() || header.findChildren<QPushButton *>().last() == first);
}

// What begins on the first press could be ended by the next: "Continue the text" becomes "Stop".
void TestStyle::aHeldKeyPressesThePrimaryOnce()
{
    PageHeader header(QStringLiteral("Chat"));
    QPushButton *primary = header.setPrimary(QStringLiteral("Ask"));
    header.resize(800, 60);
    header.show();
    header.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&header));
    QSignalSpy pressed(primary, &QPushButton::clicked);
    for (const Qt::Key key : {Qt::Key_Return, Qt::Key_Enter}) {
        pressed.clear();
        QTest::simulateEvent(&header, true, key, Qt::ControlModifier, QString(), false);
        for (int repeat = 0; repeat < 3; ++repeat)
            QTest::simulateEvent(&header, true, key, Qt::ControlModifier, QString(), true);
        QCOMPARE(pressed.count(), 1);
    }
}

void TestStyle::elidedLabelKeepsTheWhole()
{
    ElidedLabel label(QStringLiteral("a rather long line that cannot fit into so little room"));
    label.resize(60, 20);
    label.show();
    QVERIFY(label.text().size() < label.fullText().size());
    QCOMPARE(label.toolTip(), label.fullText());
    label.resize(800, 20);
    QCOMPARE(label.text(), label.fullText());
}

void TestStyle::chipsAreExclusive()
{
    ChipBar bar;
    bar.setChip(QStringLiteral("all"), QStringLiteral("all 530"));
    bar.setChip(QStringLiteral("kept"), QStringLiteral("kept 482"));
    QCOMPARE(bar.current(), QStringLiteral("all"));
    QSignalSpy spy(&bar, &ChipBar::currentChanged);
    bar.show();
    QTest::mouseClick(bar.button(QStringLiteral("kept")), Qt::LeftButton);
    QCOMPARE(bar.current(), QStringLiteral("kept"));
    QVERIFY(!bar.button(QStringLiteral("all"))->isChecked());
    bar.setCurrent(QStringLiteral("no such chip"));
    QCOMPARE(spy.size(), 1);
    bar.removeChip(QStringLiteral("kept"));
    QCOMPARE(bar.current(), QStringLiteral("all"));
}

void TestStyle::flowLayoutWraps()
{
    QWidget box;
    auto *flow = new FlowLayout(&box);
    for (int at = 0; at < 6; ++at) {
        auto *child = new QWidget;
        child->setFixedSize(80, 20);
        flow->addWidget(child);
    }
    QVERIFY(flow->heightForWidth(1000) < flow->heightForWidth(200));
    QCOMPARE(flow->heightForWidth(10), 6 * 20 + 5 * 6);
    QVERIFY(!flow->takeAt(99));
}

/// What is said while the window is made must lie within it when it is shown.
void TestStyle::toastBeforeTheWindowIsSeen()
{
    QWidget host;
    host.resize(100, 30);
    Toast toast(&host);
    toast.present(QStringLiteral("A run was interrupted."), QStringLiteral("Resume"), [] {});
    host.resize(800, 600);
    host.show();
    QVERIFY(toast.isVisible());
    QVERIFY(host.rect().contains(toast.geometry()));
}

void TestStyle::toastUndoesOnce()
{
    QWidget host;
    host.resize(800, 600);
    host.show();
    Toast toast(&host);
    int undone = 0;
    toast.present(QStringLiteral("Removed 3 documents"), QStringLiteral("Undo"), [&] { ++undone; });
    QVERIFY(toast.isVisible());
    QTest::mouseClick(toast.actionButton(), Qt::LeftButton);
    QTest::mouseClick(toast.actionButton(), Qt::LeftButton);
    QCOMPARE(undone, 1);
    QVERIFY(!toast.isVisible());
    toast.present(QStringLiteral("gone soon"), {}, {}, 30);
    QTRY_VERIFY(!toast.isVisible() || toast.underMouse());
}

void TestStyle::emptyStateActs()
{
    EmptyState state(QStringLiteral("data"), QStringLiteral("No documents yet."), QStringLiteral("Drop a folder."), QStringLiteral("Add"));
    QSignalSpy spy(&state, &EmptyState::activated);
    state.show();
    QTest::mouseClick(state.button(), Qt::LeftButton);
    QCOMPARE(spy.size(), 1);
    state.setTexts(QStringLiteral("Nothing"), {});
    QVERIFY(!state.button()->isVisible());
}

void TestStyle::hintRowActs()
{
    HintRow row(Tone::Attention, QStringLiteral("too few tokens"), QStringLiteral("add data"));
    QSignalSpy spy(&row, &HintRow::activated);
    row.show();
    QTest::mouseClick(row.findChild<QPushButton *>(), Qt::LeftButton);
    QCOMPARE(spy.size(), 1);
}

void TestStyle::factsReplaceThemselves()
{
    FactList facts;
    facts.set(QStringLiteral("Parameters"), QStringLiteral("12.6 M"));
    facts.set(QStringLiteral("Parameters"), QStringLiteral("13.9 M"));
    QCOMPARE(facts.value(QStringLiteral("Parameters")), QStringLiteral("13.9 M"));
    facts.remove(QStringLiteral("Parameters"));
    QVERIFY(facts.value(QStringLiteral("Parameters")).isEmpty());
}

QTEST_MAIN(TestStyle)
#include "test_style.moc"
