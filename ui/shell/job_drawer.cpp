#include "ui/shell/job_drawer.h"

#include "ui/shell/job_row.h"
#include "ui/shell/log_window.h"
#include "ui/style/widgets.h"

namespace athanor::shell {

namespace {

constexpr int kBarHeight = 40;
constexpr int kRowHeight = 36;
constexpr qsizetype kRowsShown = 30;
constexpr int kRowsBeforeScrolling = 6;

}  // namespace

JobDrawer::JobDrawer(Session &session, QWidget *parent) : QFrame(parent), m_session(session)
{
    setProperty("role", QStringLiteral("drawer"));
    setAccessibleName(tr("Jobs"));
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 1, 0, 0);
    layout->setSpacing(0);
    m_list = new QScrollArea(this);
    m_list->setWidgetResizable(true);
    auto *inside = new QWidget(m_list);
    inside->setProperty("role", QStringLiteral("page-body"));
    m_rows = new QVBoxLayout(inside);
    m_rows->setContentsMargins(0, 8, 0, 8);
    m_rows->setSpacing(0);
    m_none = style::makeLabel(tr("No jobs yet. Everything that takes time appears here and goes on when the window is closed."),
                              "second", inside);
    m_none->setContentsMargins(20, 8, 20, 8);
    m_rows->addWidget(m_none);
    m_rows->addStretch(1);
    m_list->setWidget(inside);
    m_list->hide();
    layout->addWidget(m_list);
    layout->addWidget(makeBar());
    connect(&m_session.jobs(), &JobMonitor::changed, this, &JobDrawer::refresh);
    refresh();
}

QWidget *JobDrawer::makeBar()
{
    auto *bar = new QWidget(this);
    bar->setFixedHeight(kBarHeight);
    auto *row = new QHBoxLayout(bar);
    row->setContentsMargins(20, 0, 16, 0);
    row->setSpacing(12);
    m_dot = new style::StatusDot(style::Tone::Neutral, bar);
    m_title = new style::ElidedLabel({}, "card-title", bar);
    m_title->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    m_title->setMaximumWidth(340);
    m_bar = new QProgressBar(bar);
    m_bar->setTextVisible(false);
    m_bar->setMaximumWidth(260);
    m_bar->setMinimumWidth(80);
    m_words = new style::ElidedLabel({}, "note", bar);
    m_toggle = style::makeButton({}, "quiet", bar);
    m_toggle->setObjectName(QStringLiteral("drawerToggle"));
    row->addWidget(m_dot);
    row->addWidget(m_title);
    row->addWidget(m_bar, 2);
    row->addWidget(m_words, 5);
    row->addWidget(m_toggle);
    connect(m_toggle, &QPushButton::clicked, this, [this] { setOpen(!isOpen()); });
    return bar;
}

bool JobDrawer::isOpen() const { return !m_list->isHidden(); }

void JobDrawer::setOpen(bool open)
{
    m_list->setVisible(open);
    refresh();
}

void JobDrawer::showJob(const QString &jobId)
{
    setOpen(true);
    for (JobRow *row : m_rowWidgets)
        if (row->jobId() == jobId) {
            m_list->ensureWidgetVisible(row);
            row->setFocus();
        }
}

QString JobDrawer::line() const { return m_title->fullText() + u' ' + m_words->fullText(); }

void JobDrawer::refresh()
{
    refreshBar(m_session.jobs().activeJobs());
    if (isOpen())
        refreshList();
}

// The line shows what runs; else what waits for the person (lost, failed); else the last that ended.
void JobDrawer::refreshBar(const QList<JobView> &active)
{
    const QList<JobView> all = m_session.jobs().jobs();
    const JobView *shown = nullptr;
    if (!active.isEmpty())
        shown = &active.first();
    else if (!all.isEmpty())
        shown = &all.first();
    m_bar->setVisible(shown && shown->isActive());
    if (shown) {
        m_title->setFullText(shown->spec.title);
        m_words->setFullText(shown->progressText());
        m_dot->setState(static_cast<style::Tone>(toneOfJob(*shown)), shown->stateText());
        const double share = shown->fraction();
        m_bar->setRange(0, share < 0 ? 0 : 1000);
        m_bar->setValue(qRound(std::max(share, 0.0) * 1000));
        m_bar->setAccessibleName(shown->progressText());
    } else {
        m_title->setFullText(tr("No jobs"));
        m_words->setFullText({});
        m_dot->setState(style::Tone::Neutral, tr("no jobs"));
    }
    const qsizetype count = active.isEmpty() ? all.size() : active.size();
    const QString words = count == 1 ? tr("1 job") : tr("%1 jobs").arg(count);
    m_toggle->setText(words + (isOpen() ? QStringLiteral(" ▾") : QStringLiteral(" ▴")));
    m_toggle->setAccessibleName(isOpen() ? tr("Close the list of jobs") : tr("Open the list of jobs"));
}

JobRow *JobDrawer::makeRow()
{
    auto *row = new JobRow(m_list->widget());
    row->setFixedHeight(kRowHeight);
    connect(row, &JobRow::pauseWanted, this, [this](const QString &id) { m_session.tell(m_session.workbench().queue().pause(id)); });
    connect(row, &JobRow::cancelWanted, this, [this](const QString &id) { m_session.tell(m_session.workbench().queue().cancel(id)); });
    connect(row, &JobRow::resumeWanted, this, [this](const QString &id) {
        if (m_session.tell(m_session.workbench().queue().resume(id)))
            m_session.refreshNow();
    });
    connect(row, &JobRow::logWanted, this, &JobDrawer::showLog);
    connect(row, &JobRow::commandWanted, this, [this](const QString &id) {
        if (const JobView *view = m_session.jobs().find(id)) {
            QGuiApplication::clipboard()->setText(view->spec.command);
            m_session.showToast(tr("Copied: %1").arg(view->spec.command));
        }
    });
    return row;
}

void JobDrawer::refreshList()
{
    const QList<JobView> all = m_session.jobs().jobs().mid(0, kRowsShown);
    m_none->setVisible(all.isEmpty());
    while (m_rowWidgets.size() < all.size()) {
        m_rowWidgets += makeRow();
        m_rows->insertWidget(m_rows->count() - 1, m_rowWidgets.last());
    }
    while (m_rowWidgets.size() > all.size())
        m_rowWidgets.takeLast()->deleteLater();
    for (qsizetype at = 0; at < all.size(); ++at)
        m_rowWidgets[at]->setJob(all[at]);
    const int rows = std::clamp<int>(static_cast<int>(all.size()), 1, kRowsBeforeScrolling);
    m_list->setFixedHeight(rows * kRowHeight + 20);
}

void JobDrawer::showLog(const QString &jobId)
{
    auto *log = new LogWindow(m_session.projectPath(), jobId, window());
    log->show();
}

}  // namespace athanor::shell
