// The drawing of an architecture: boxes from input to output, residual lines around them, a frame around repeated
// layers. Role: shows how it is built; a click or the arrow keys choose a layer. Thread: the window's.
#pragma once

#include "ui/pages/architecture/diagram_layout.h"

#include <QWidget>

namespace athanor::pages {

class ATHANOR_EXPORT ArchitectureDiagram : public QWidget {
    Q_OBJECT
public:
    explicit ArchitectureDiagram(const plugin::Catalogue &plugins, QWidget *parent = nullptr);

    void setArchitecture(const QJsonObject &architecture);
    const Diagram &diagram() const { return m_diagram; }
    int selected() const { return m_selected; }
    void select(int box);  // -1: none

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void selectionChanged(int box);

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    bool event(QEvent *event) override;

private:
    int boxAt(const QPointF &position) const;
    void layOutAgain();
    void drawLines(QPainter &painter) const;
    void drawFrames(QPainter &painter) const;
    void drawSums(QPainter &painter) const;
    void drawLabels(QPainter &painter) const;
    void drawBox(QPainter &painter, int index) const;
    const plugin::Catalogue &m_plugins;
    QJsonObject m_architecture;
    Diagram m_diagram;
    int m_selected = -1;
    int m_hovered = -1;
};

}  // namespace athanor::pages
