// Pictures of the window in the build folder, for people to look at: both themes, three sizes.
#pragma once

#include "ui/style/appearance.h"

#include <QtTest/QtTest>
#include <QtWidgets/QtWidgets>

namespace athanor::test {

inline QString pictureFolder()
{
    const QString folder = QStringLiteral(ATHANOR_BINARY_DIR "/pictures");
    QDir().mkpath(folder);
    return folder;
}

/// What scrolls downwards only is not wider than what shows of it.
inline void checkNothingIsCut(const QWidget &window, const QString &where)
{
    for (const QScrollArea *area : window.findChildren<QScrollArea *>())
        if (area->isVisible() && area->widget() && area->horizontalScrollBarPolicy() == Qt::ScrollBarAlwaysOff)
            QVERIFY2(area->widget()->width() <= area->viewport()->width(),
                     qPrintable(QStringLiteral("%1: %2 of %3").arg(where).arg(area->widget()->width()).arg(area->viewport()->width())));
}

/// Grabs `window` as <name>-<theme>-<width>.png in both themes; leaves the theme dark.
inline void takePictures(QWidget &window, const QString &name, const QList<QSize> &sizes = {{1440, 900}})
{
    using style::Appearance;
    for (const style::Theme theme : {style::Theme::Light, style::Theme::Dark})
        for (const QSize &size : sizes) {
            Appearance::instance()->setTheme(theme);
            window.resize(size);
            QTest::qWait(40);
            const QString word = theme == style::Theme::Dark ? QStringLiteral("dark") : QStringLiteral("light");
            const QString file = QStringLiteral("%1/%2-%3-%4.png").arg(pictureFolder(), name, word).arg(size.width());
            QVERIFY2(window.grab().save(file), qPrintable(file));
            checkNothingIsCut(window, file);
        }
}

}  // namespace athanor::test
