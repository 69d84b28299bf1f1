// The limits of the filters in the window: a real dataset, the line dragged, typed and moved by keys, written into the
// recipe; and files that change on the disk.
#include "tests/ui/pages/demo_project.h"
#include "tests/ui/pages/pictures.h"
#include "ui/pages/data/data_page.h"
#include "ui/pages/stages/stages.h"
#include "ui/shell/main_window.h"

#include <QTest>

using namespace athanor;
using project::Stage;

class TestLimits : public QObject {
    Q_OBJECT

private:
    pages::LimitsView *view() const { return m_dialog->view(); }
    void choose(const QString &id)
    {
        const int index = view()->signalBox()->findData(id);
        QVERIFY2(index >= 0, qPrintable(id));
        view()->signalBox()->setCurrentIndex(index);
    }
    static std::pair<int, int> counts(const QString &text)
    {
        static const QRegularExpression form(QStringLiteral("^([0-9,]+) kept · ([0-9,]+) removed by this$"));
        const auto match = form.match(text);
        return match.hasMatch() ? std::pair(match.captured(1).remove(QLatin1Char(',')).toInt(), match.captured(2).remove(QLatin1Char(',')).toInt()) : std::pair(-1, -1);
    }

    std::unique_ptr<plugin::Catalogue> m_catalogue;
    std::unique_ptr<test::DemoProject> m_demo;
    std::unique_ptr<shell::MainWindow> m_window;
    pages::DataPage *m_page = nullptr;
    QPointer<pages::LimitsDialog> m_dialog;

private Q_SLOTS:
    void initTestCase()
    {
        style::Appearance::instance()->setTheme(style::Theme::Light);
        style::Appearance::instance()->apply();
        m_catalogue = plugin::scanUsualFolders();
        m_demo = std::make_unique<test::DemoProject>(*m_catalogue);
        m_window = std::make_unique<shell::MainWindow>(m_demo->session, pages::stages());
        m_window->resize(1024, 768);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
        m_demo->prepare();
        m_window->showStage(Stage::Data);
        m_page = m_window->findChild<pages::DataPage *>();
        QVERIFY(m_page);
        QTRY_VERIFY(m_page->limitsButton()->isVisible());
    }

    void opensAndCounts()
    {
        QTest::mouseClick(m_page->limitsButton(), Qt::LeftButton);
        m_dialog = m_page->findChild<pages::LimitsDialog *>();
        QVERIFY(m_dialog);
        QTRY_VERIFY(view()->histogram()->isVisible());
        QVERIFY(m_dialog->width() <= 1024 && m_dialog->height() <= 768);
        choose(QStringLiteral("filter.length/least_words"));
        QCOMPARE(view()->valueBox()->value(), 20.0);
        QCOMPARE(counts(view()->countsLabel()->text()), std::pair(52, 1));
        QCOMPARE(view()->removedList()->count(), 1);
        QVERIFY(view()->removedList()->item(0)->text().contains(QStringLiteral("short.txt")));
        QCOMPARE(view()->keptList()->count(), 5);
        QVERIFY(!m_dialog->useButton()->isEnabled());
        for (const QWidget *widget : {static_cast<QWidget *>(view()->histogram()), static_cast<QWidget *>(view()->signalBox()), static_cast<QWidget *>(view()->valueBox()),
                                      static_cast<QWidget *>(view()->keptList()), static_cast<QWidget *>(view()->removedList())}) {
            QVERIFY2(!widget->accessibleName().isEmpty(), widget->metaObject()->className());
            QVERIFY(widget->focusPolicy() & Qt::TabFocus);
        }
        test::takeBothThemes(*m_dialog, QStringLiteral("data-limits"));
    }

    void draggedTypedAndByKeys()
    {
        choose(QStringLiteral("filter.gopher_quality/most_mean_word"));
        const auto before = counts(view()->countsLabel()->text());
        plots::Histogram *histogram = view()->histogram();
        QSignalSpy dragged(histogram, &plots::Histogram::thresholdDragged);
        const QPoint middle(histogram->width() / 4, histogram->height() / 2);
        QTest::mousePress(histogram, Qt::LeftButton, Qt::NoModifier, middle);
        QTest::mouseMove(histogram, middle - QPoint(30, 0));
        QTest::mouseRelease(histogram, Qt::LeftButton, Qt::NoModifier, middle - QPoint(30, 0));
        QVERIFY(dragged.count() >= 2);
        QVERIFY(std::abs(view()->valueBox()->value() - histogram->threshold()) < 0.001);
        QVERIFY(view()->valueBox()->value() < 14);
        QVERIFY(m_dialog->useButton()->isEnabled());
        QCOMPARE(counts(view()->countsLabel()->text()).first + counts(view()->countsLabel()->text()).second, before.first + before.second);
        const double dropped = view()->valueBox()->value();
        histogram->setFocus();
        QTest::keyClick(histogram, Qt::Key_Right);
        QVERIFY(view()->valueBox()->value() > dropped);
        view()->valueBox()->setFocus();
        view()->valueBox()->selectAll();
        QTest::keyClicks(view()->valueBox(), QStringLiteral("2.6"));
        QCOMPARE(view()->tried()->value, 2.6);
        QCOMPARE(histogram->threshold(), 2.6);
        QCOMPARE(counts(view()->countsLabel()->text()), std::pair(0, before.first + before.second));
    }

    // What is written is what the recipe says, and preparing again does what was counted.
    void usedLimitDoesWhatWasSaid()
    {
        choose(QStringLiteral("filter.length/least_words"));
        const auto dataset = m_demo->session.project().dataset(QStringLiteral("documents"));
        const auto values = corpus::readSignalValues(m_demo->session.workbench().documentsFile(*dataset), {QStringLiteral("words")});
        QVERIFY(values);
        const double median = std::round(corpus::distributionOf(values->values[0]).quantiles[2]);
        view()->valueBox()->setValue(median);
        const auto said = counts(view()->countsLabel()->text());
        QVERIFY2(said.first > 0 && said.second > 1, qPrintable(view()->countsLabel()->text()));
        QTest::mouseClick(m_dialog->useButton(), Qt::LeftButton);
        QTRY_COMPARE(m_demo->session.stage(Stage::Data).state, project::StageState::OutOfDate);
        QVERIFY(!m_dialog->useButton()->isEnabled());
        const QJsonObject recipe = *m_demo->session.workbench().recipeOf(QStringLiteral("documents"));
        bool found = false;
        for (const corpus::SignalLimit &limit : corpus::signalLimits(recipe, *m_catalogue))
            if (limit.parameter() == QLatin1String("least_words")) {
                QCOMPARE(limit.value, median);
                found = true;
            }
        QVERIFY(found);
        const auto job = m_demo->session.workbench().curate(QStringLiteral("documents"));
        QVERIFY(job);
        QVERIFY(test::waitForJob(m_demo->session, job->spec().id));
        m_demo->session.refreshNow();
        qint64 removed = 0;
        const auto after = m_demo->session.project().dataset(QStringLiteral("documents"));
        for (const QJsonValue &reason : after->facts.value(QLatin1String("reasons")).toArray())
            if (reason.toObject().value(QLatin1String("id")).toString() == QLatin1String("filter.length.short"))
                removed = reason.toObject().value(QLatin1String("count")).toInteger();
        QCOMPARE(removed, said.second);
        QVERIFY(after->facts.value(QLatin1String("reusedFiles")).toInt() > 50);
        QTRY_COMPARE(counts(view()->countsLabel()->text()), said);
    }

    void nearDocumentIsShown()
    {
        QListWidget *list = view()->removedList();
        QTRY_VERIFY(list->count() > 0);
        const QString id = list->item(0)->data(Qt::UserRole).toString();
        list->setCurrentRow(0);
        list->setFocus();
        QTest::keyClick(list, Qt::Key_Return);
        QTRY_VERIFY(m_page->documents()->current());
        QTRY_COMPARE(m_page->documents()->current()->id, id);
        m_dialog->close();
        QTRY_VERIFY(!m_dialog);
    }

    // A file of the sources changes while the window is open: the dataset is out of date, with what to do.
    void changedFilesAreSeen()
    {
        QTRY_COMPARE(m_demo->session.stage(Stage::Data).state, project::StageState::Done);
        test::writeText(m_demo->filePath(QStringLiteral("documents of mine/short.txt")), "Now it has some more words than before, and says so.");
        test::writeText(m_demo->filePath(QStringLiteral("documents of mine/new.md")), "A new file.");
        QTest::qWait(3200);  // the pause between two looks
        m_demo->session.lookAtSources();
        QTRY_COMPARE(m_demo->session.stage(Stage::Data).state, project::StageState::OutOfDate);
        QCOMPARE(m_demo->session.stage(Stage::Data).text, QStringLiteral("1 file changed, 1 new"));
        QVERIFY(m_demo->session.stage(Stage::Data).hint.contains(QStringLiteral("Curate “documents” again")));
        test::takeBothThemes(*m_window, QStringLiteral("data-files-changed"));
        const auto job = m_demo->session.workbench().curate(QStringLiteral("documents"));
        QVERIFY(job);
        QVERIFY(test::waitForJob(m_demo->session, job->spec().id));
        m_demo->session.refreshNow();
        QTRY_COMPARE(m_demo->session.stage(Stage::Data).state, project::StageState::Done);
    }
};

QTEST_MAIN(TestLimits)
#include "test_limits.moc"
