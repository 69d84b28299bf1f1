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
        }
}

}  // namespace athanor::test
