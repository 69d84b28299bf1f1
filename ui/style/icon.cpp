#include "ui/style/icon.h"

#include "ui/style/appearance.h"

#include <QtSvg/QSvgRenderer>

namespace athanor::style {

namespace {

const auto kFolder = QLatin1String(":/athanor/icons/");

QByteArray recoloured(const QString &name, const QColor &colour)
{
    QFile file(kFolder + name + QStringLiteral(".svg"));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    return file.readAll().replace("currentColor", colour.name(QColor::HexRgb).toLatin1());
}

class ThemedEngine final : public QIconEngine {
public:
    explicit ThemedEngine(QString name) : m_name(std::move(name)) {}
    QIconEngine *clone() const override { return new ThemedEngine(m_name); }

    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State state) override
    {
        const double ratio = painter->device()->devicePixelRatioF();
        painter->drawPixmap(rect, iconPixmap(m_name, std::min(rect.width(), rect.height()), colourFor(mode, state), ratio));
    }

    QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State state) override
    {
        return iconPixmap(m_name, std::min(size.width(), size.height()), colourFor(mode, state), 1);
    }

private:
    static QColor colourFor(QIcon::Mode mode, QIcon::State state)
    {
        if (mode == QIcon::Disabled)
            return tokens().third;
        return mode == QIcon::Selected || mode == QIcon::Active || state == QIcon::On ? tokens().text : tokens().second;
    }
    QString m_name;
};

}  // namespace

QIcon icon(const QString &name) { return QIcon(new ThemedEngine(name)); }

QPixmap iconPixmap(const QString &name, int pixels, const QColor &colour, double pixelRatio)
{
    const QString key = QStringLiteral("athanor-%1-%2-%3-%4").arg(name, colour.name()).arg(pixels).arg(pixelRatio);
    QPixmap pixmap;
    if (QPixmapCache::find(key, &pixmap))
        return pixmap;
    const int side = std::max(1, qCeil(pixels * pixelRatio));
    pixmap = QPixmap(side, side);
    pixmap.fill(Qt::transparent);
    QSvgRenderer renderer(recoloured(name, colour));
    if (renderer.isValid()) {
        QPainter painter(&pixmap);
        renderer.render(&painter, QRectF(0, 0, side, side));
    }
    pixmap.setDevicePixelRatio(pixelRatio);
    QPixmapCache::insert(key, pixmap);
    return pixmap;
}

QStringList iconNames()
{
    QStringList names;
    for (const QString &file : QDir(kFolder).entryList({QStringLiteral("*.svg")}))
        names += file.chopped(4);
    return names;
}

QString recolouredFile(const QString &name, const QColor &colour)
{
    const QString folder = QStandardPaths::writableLocation(QStandardPaths::GenericCacheLocation)
                           + QStringLiteral("/athanor/icons");
    const QString path = QStringLiteral("%1/%2-%3.svg").arg(folder, name, colour.name().mid(1));
    const QByteArray wanted = recoloured(name, colour);
    QFile present(path);
    if (present.open(QIODevice::ReadOnly) && present.readAll() == wanted)
        return path;
    QSaveFile file(path);
    if (!QDir().mkpath(folder) || !file.open(QIODevice::WriteOnly) || file.write(wanted) != wanted.size() || !file.commit())
        return {};
    return path;
}

}  // namespace athanor::style
