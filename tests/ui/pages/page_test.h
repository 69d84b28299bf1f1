// The window on a project, and what every test of its pages needs. Pictures in light and dark under <build>/pictures.
#pragma once

#include "core/base/machine.h"
#include "core/plugin/catalogue.h"
#include "tests/ui/pages/demo_project.h"
#include "tests/ui/pages/pictures.h"
#include "ui/pages/stages/stages.h"
#include "ui/shell/main_window.h"
#include "ui/style/appearance.h"
#include "ui/style/widgets.h"

#include <QtWidgets/QtWidgets>

namespace athanor::test {

inline QPushButton *primaryOf(const QWidget *page)
{
    return page->findChild<style::PageHeader *>()->primary();
}

class PageTest : public QObject {
protected:
    void openWindow()
    {
        useCLocaleForNumbers();
        style::Appearance::instance()->setTheme(style::Theme::Light);
        style::Appearance::instance()->apply();
        m_catalogue = plugin::scanUsualFolders();
        m_demo = std::make_unique<DemoProject>(*m_catalogue);
        m_window = std::make_unique<shell::MainWindow>(m_demo->session, pages::stages());
        m_window->resize(1440, 900);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    }
    void closeWindow()
    {
        m_window.reset();
        m_demo.reset();
    }

    template <typename P> P *show(project::Stage stage, const QJsonObject &argument = {})
    {
        m_window->showStage(stage, argument);
        QCoreApplication::processEvents();
        auto *page = qobject_cast<P *>(m_window->page(stage));
        if (page)
            page->refresh();
        return page;
    }

    /// Each button says what it does, also to a screen reader.
    void checkNames(QWidget *page)
    {
        for (const QAbstractButton *button : page->findChildren<QAbstractButton *>())
            if (button->isVisible() && button->focusPolicy() != Qt::NoFocus)
                QVERIFY2(!button->text().isEmpty() || !button->accessibleName().isEmpty() || !button->toolTip().isEmpty(), button->metaObject()->className());
        for (const QWidget *view : page->findChildren<QWidget *>()) {
            const bool isField = qobject_cast<const QLineEdit *>(view) || qobject_cast<const QAbstractItemView *>(view) || qobject_cast<const QPlainTextEdit *>(view);
            if (isField && view->isVisible() && !view->objectName().startsWith(QLatin1String("qt_")))
                QVERIFY2(!view->accessibleName().isEmpty() || (view->parentWidget() && !view->parentWidget()->accessibleName().isEmpty()) || !view->toolTip().isEmpty(),
                         qPrintable(QString::fromLatin1(view->metaObject()->className()) + QLatin1String(" in ") + QString::fromLatin1(view->parentWidget()->metaObject()->className())));
        }
    }

    std::unique_ptr<plugin::Catalogue> m_catalogue;
    std::unique_ptr<DemoProject> m_demo;
    std::unique_ptr<shell::MainWindow> m_window;
};

}  // namespace athanor::test
