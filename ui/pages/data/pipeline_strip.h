// The stages that the documents pass, as boxes with counts. Role: one glance at what was kept and where the rest
// went; a click (or Return) on a stage asks for its documents. Thread: the window's.
#pragma once

#include "core/base/export.h"

#include <QAbstractButton>
#include <QHBoxLayout>
#include <QJsonArray>
#include <QJsonObject>
#include <QWidget>

namespace athanor::pages {

struct StageFigures {
    QString id;
    QString title;
    QString value;   // "507", "458 | 24"
    QString note;    // "11.6 MB", "−23", "14 changed"
    bool isLoss = false;
};

/// From a dataset's facts: "stages", and the split from "splits".
ATHANOR_EXPORT QList<StageFigures> stageFigures(const QJsonObject &facts);

class StageBox : public QAbstractButton {
    Q_OBJECT
public:
    StageBox(const StageFigures &figures, double depth, QWidget *parent);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    StageFigures m_figures;
    double m_depth;
};

class ATHANOR_EXPORT PipelineStrip : public QWidget {
    Q_OBJECT
public:
    explicit PipelineStrip(QWidget *parent = nullptr);
    void setStages(const QList<StageFigures> &stages);

Q_SIGNALS:
    void stageChosen(const QString &id);

private:
    QHBoxLayout *m_row;
};

}  // namespace athanor::pages
