#include "ui/shell/page.h"

#include "ui/shell/session.h"
#include "ui/style/tokens.h"

namespace athanor::shell {

Page::Page(Session &session, QWidget *parent) : QWidget(parent), m_session(session) {}

void Page::offerCommand(const QString &command)
{
    if (!isHidden())
        m_session.setCommand(command);
}

ScrollPage::ScrollPage(Session &session, QWidget *parent) : Page(session, parent)
{
    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    auto *area = new QScrollArea(this);
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAsNeeded);
    area->viewport()->setAutoFillBackground(false);
    auto *body = new QWidget(area);
    body->setProperty("role", QStringLiteral("page-body"));
    m_content = new QVBoxLayout(body);
    m_content->setContentsMargins(style::kPageMargin, 24, style::kPageMargin, 24);
    m_content->setSpacing(style::kGap);
    area->setWidget(body);
    outer->addWidget(area);
}

}  // namespace athanor::shell
