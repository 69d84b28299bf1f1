#include "ui/pages/project/exports_card.h"

#include "core/base/format.h"
#include "ui/pages/common/parity_facts.h"

#include <QDesktopServices>
#include <QUrl>

namespace athanor::pages {

namespace {

constexpr int kMost = 5;

QString formatWords(const project::Export &each)
{
    if (each.format == QLatin1String("gguf"))
        return ExportsCard::tr("GGUF, %1").arg(each.dtype);
    return each.format == QLatin1String("adapter") ? ExportsCard::tr("adapter") : ExportsCard::tr("Hugging Face folder, %1").arg(each.dtype);
}

}  // namespace

ExportsCard::ExportsCard(QWidget *parent) : Card(tr("What left the project"), {}, parent), m_rows(new QVBoxLayout)
{
    m_rows->setSpacing(10);
    body()->addLayout(m_rows);
    hide();
}

void ExportsCard::setExports(const QList<project::Export> &exports)
{
    QStringList ids;
    for (const project::Export &each : exports)
        ids += each.id;
    m_count = int(exports.size());
    setVisible(m_count > 0);
    if (std::exchange(m_shown, ids) == ids)
        return;
    setNote(m_count > kMost ? tr("the newest %1 of %2").arg(kMost).arg(m_count) : QString());
    style::clearLayout(m_rows);
    for (const project::Export &each : exports.mid(0, kMost))
        m_rows->addWidget(makeRow(each));
}

QWidget *ExportsCard::makeRow(const project::Export &each)
{
    const QFileInfo place(each.path);
    auto *holder = new QWidget;
    auto *row = new QHBoxLayout(holder);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    auto *dot = new style::StatusDot(place.exists() ? style::Tone::Good : style::Tone::Neutral);
    dot->setState(place.exists() ? style::Tone::Good : style::Tone::Neutral, place.exists() ? tr("behaves as the model inside") : tr("moved or deleted since"));
    auto *texts = new QVBoxLayout;
    texts->setSpacing(2);
    texts->addWidget(new style::ElidedLabel(QStringLiteral("%1 · %2 · %3").arg(place.fileName(), formatWords(each), formatBytes(each.bytes))));
    texts->addWidget(new style::ElidedLabel(place.exists() ? parityLine(each.facts) : tr("It is not at %1 any more.").arg(each.path), "quiet"));
    auto *folder = style::makeButton(tr("Open folder"));
    folder->setAccessibleName(tr("Open the folder of %1").arg(place.fileName()));
    folder->setToolTip(each.path);
    folder->setEnabled(place.exists());
    row->addWidget(dot, 0, Qt::AlignTop);
    row->addLayout(texts, 1);
    row->addWidget(folder);
    connect(folder, &QPushButton::clicked, this, [path = place.isDir() ? each.path : place.absolutePath()] { QDesktopServices::openUrl(QUrl::fromLocalFile(path)); });
    return holder;
}

}  // namespace athanor::pages
