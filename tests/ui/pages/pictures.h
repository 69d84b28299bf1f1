// Pictures of the window in the build folder, for people to look at: both themes, three sizes.
#pragma once

#include "ui/style/appearance.h"

#include <QtTest/QtTest>
#include <QtWidgets/QtWidgets>

namespace athanor::test {

/// What scrolls downwards only is not wider than what shows of it.
inline void checkNothingIsCut(const QWidget &window, const QString &where)
{
    for (const QScrollArea *area : window.findChildren<QScrollArea *>())
        if (area->isVisible() && area->widget() && area->horizontalScrollBarPolicy() == Qt::ScrollBarAlwaysOff)
            QVERIFY2(area->widget()->width() <= area->viewport()->width(),
                     qPrintable(QStringLiteral("%1: %2 of %3").arg(where).arg(area->widget()->width()).arg(area->viewport()->width())));
}

/// Waits until what scrolls has had one height for a while: on a busy machine a new size takes several rounds to reach every card.
inline void settle(const QWidget &window)
{
    const auto heights = [&window] {
        QList<int> all;
        for (const QScrollArea *area : window.findChildren<QScrollArea *>())
            if (area->isVisible() && area->widget())
                all += area->widget()->height();
        return all;
    };
    QTest::qWait(100);
    QList<int> before = heights();
    for (int round = 0, still = 0; round < 50 && still < 3; ++round) {
        QTest::qWait(30);
        const QList<int> now = heights();
        still = now == before ? still + 1 : 0;
        before = now;
    }
}

/// <build>/pictures/<name>-<dark|light><ending>.png as the widget stands; nothing may stick out.
inline void takePicture(QWidget &widget, const QString &name, const QString &ending)
{
    const QString folder = QStringLiteral(ATHANOR_BINARY_DIR "/pictures");
    QDir().mkpath(folder);
    settle(widget);
    const bool isDark = style::Appearance::instance()->theme() == style::Theme::Dark;
    const QString file = QStringLiteral("%1/%2-%3%4.png").arg(folder, name, isDark ? QStringLiteral("dark") : QStringLiteral("light"), ending);
    QVERIFY2(widget.grab().save(file), qPrintable(file));
    checkNothingIsCut(widget, file);
}

/// In both themes; the light one last, and it stays.
inline void takeBothThemes(QWidget &widget, const QString &name)
{
    for (const style::Theme theme : {style::Theme::Dark, style::Theme::Light}) {
        style::Appearance::instance()->setTheme(theme);
        takePicture(widget, name, {});
    }
}

/// The window in both themes at 1024 × 768, 1440 × 900 and 1920 × 1080. It is left light, at 1440 × 900.
inline void takePictures(QWidget &window, const QString &name)
{
    for (const style::Theme theme : {style::Theme::Dark, style::Theme::Light}) {  // a change of theme dresses every widget again
        style::Appearance::instance()->setTheme(theme);
        for (const QSize &size : {QSize(1024, 768), QSize(1920, 1080), QSize(1440, 900)}) {
            window.resize(size);
            takePicture(window, name, QStringLiteral("-%1").arg(size.width()));
            QCOMPARE(window.size(), size);
        }
    }
}

}  // namespace athanor::test
