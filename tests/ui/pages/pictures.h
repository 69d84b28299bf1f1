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

/// <build>/pictures/<name>-<dark|light><ending>.png in both themes; the light one last, and it stays.
inline void takeBothThemes(QWidget &widget, const QString &name, const QString &ending = {})
{
    const QString folder = QStringLiteral(ATHANOR_BINARY_DIR "/pictures");
    QDir().mkpath(folder);
    for (const style::Theme theme : {style::Theme::Dark, style::Theme::Light}) {
        style::Appearance::instance()->setTheme(theme);
        QTest::qWait(80);
        const QString word = theme == style::Theme::Dark ? QStringLiteral("dark") : QStringLiteral("light");
        const QString file = QStringLiteral("%1/%2-%3%4.png").arg(folder, name, word, ending);
        QVERIFY2(widget.grab().save(file), qPrintable(file));
        checkNothingIsCut(widget, file);
    }
}

/// The window at 1024 × 768, 1440 × 900 and 1920 × 1080; nothing may stick out. It is left at 1440 × 900.
inline void takePictures(QWidget &window, const QString &name)
{
    for (const QSize &size : {QSize(1024, 768), QSize(1920, 1080), QSize(1440, 900)}) {
        window.resize(size);
        takeBothThemes(window, name, QStringLiteral("-%1").arg(size.width()));
        QCOMPARE(window.size(), size);
    }
}

}  // namespace athanor::test
