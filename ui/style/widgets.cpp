#include "ui/style/widgets.h"

#include "ui/style/appearance.h"
#include "ui/style/icon.h"
#include "ui/style/type.h"

namespace athanor::style {

QLabel *makeLabel(const QString &text, const char *role, QWidget *parent)
{
    auto *label = new QLabel(text, parent);
    label->setProperty("role", QString::fromLatin1(role));
    label->setTextFormat(Qt::PlainText);
    return label;
}

QLabel *makeWrappedLabel(const QString &text, const char *role, QWidget *parent)
{
    QLabel *label = makeLabel(text, role, parent);
    label->setWordWrap(true);
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    label->setSizePolicy(policy);
    return label;
}

QPushButton *makeButton(const QString &text, const char *role, QWidget *parent)
{
    auto *button = new QPushButton(text, parent);
    button->setProperty("role", QString::fromLatin1(role));
    button->setCursor(Qt::PointingHandCursor);
    button->setAutoDefault(false);
    return button;
}

void letShrink(QComboBox *box, int characters)
{
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(characters);
}

void widenList(QComboBox *box) { box->view()->setMinimumWidth(box->view()->sizeHintForColumn(0) + 2 * kGap); }

void clearLayout(QLayout *layout)
{
    while (QLayoutItem *item = layout->takeAt(0)) {
        if (QWidget *widget = item->widget()) {
            widget->hide();
            widget->deleteLater();
        } else if (item->layout()) {
            clearLayout(item->layout());
        }
        delete item;
    }
}

// ---- StatusDot

StatusDot::StatusDot(Tone tone, QWidget *parent) : QWidget(parent), m_tone(tone)
{
    setFixedSize(StatusDot::sizeHint());
}

void StatusDot::setState(Tone tone, const QString &words)
{
    m_tone = tone;
    setToolTip(words);
    setAccessibleName(words);
    update();
}

void StatusDot::draw(QPainter &painter, const QPointF &centre, Tone tone)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const QColor colour = tokens().of(tone);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    if (tone == Tone::Neutral) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(colour, 1.2));
        painter.drawEllipse(centre, 3.4, 3.4);
    } else if (tone == Tone::Active) {
        painter.drawEllipse(centre, 5, 5);
    } else if (tone == Tone::Attention) {
        painter.drawPolygon(QPolygonF{centre + QPointF(0, -5), centre + QPointF(5, 4), centre + QPointF(-5, 4)});
    } else if (tone == Tone::Bad) {
        painter.drawRoundedRect(QRectF(centre.x() - 4, centre.y() - 4, 8, 8), 1.5, 1.5);
    } else {
        painter.drawEllipse(centre, 4, 4);
    }
    painter.restore();
}

void StatusDot::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    draw(painter, QRectF(rect()).center(), m_tone);
}

// ---- ElidedLabel

ElidedLabel::ElidedLabel(const QString &text, const char *role, QWidget *parent) : QLabel(parent)
{
    setProperty("role", QString::fromLatin1(role));
    setTextFormat(Qt::PlainText);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setFullText(text);
}

void ElidedLabel::setFullText(const QString &text)
{
    if (text == m_full && !text.isEmpty())
        return;
    m_full = text;
    setAccessibleName(text);
    updateGeometry();
    shorten();
}

QSize ElidedLabel::minimumSizeHint() const { return {fontMetrics().averageCharWidth() * 6, fontMetrics().height()}; }

QSize ElidedLabel::sizeHint() const { return {fontMetrics().horizontalAdvance(m_full) + 2, fontMetrics().height()}; }

void ElidedLabel::shorten()
{
    const QString shown = fontMetrics().elidedText(m_full, Qt::ElideRight, std::max(width(), 1));
    QLabel::setText(shown);
    setToolTip(shown == m_full ? QString() : m_full);
}

void ElidedLabel::resizeEvent(QResizeEvent *event)
{
    QLabel::resizeEvent(event);
    shorten();
}

void ElidedLabel::changeEvent(QEvent *event)
{
    QLabel::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange)
        shorten();
}

// ---- FigureLabel

FigureLabel::FigureLabel(int pixels, QFont::Weight weight, QWidget *parent) : QWidget(parent)
{
    setFont(sized(pixels, weight));
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

void FigureLabel::setText(const QString &text)
{
    if (text == m_text)
        return;
    m_text = text;
    setAccessibleName(text);
    updateGeometry();
    update();
}

void FigureLabel::setTone(Tone tone)
{
    m_tone = tone;
    update();
}

QSize FigureLabel::sizeHint() const
{
    return {qCeil(figuresWidth(font(), m_text)) + 1, fontMetrics().height()};
}

QSize FigureLabel::minimumSizeHint() const { return {std::min(sizeHint().width(), 48), fontMetrics().height()}; }

void FigureLabel::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setFont(font());
    const Tokens &t = tokens();
    painter.setPen(!isEnabled() ? t.third : m_tone == Tone::Neutral ? t.text : t.of(m_tone));
    QString shown = m_text;
    if (figuresWidth(font(), shown) > width() + 0.5)
        shown = fontMetrics().elidedText(m_text, Qt::ElideRight, width());
    setToolTip(shown == m_text ? QString() : m_text);
    drawFigures(painter, QPointF(0, fontMetrics().ascent()), shown);
}

// ---- Card, ValueCard

Card::Card(const QString &title, const QString &note, QWidget *parent) : QFrame(parent)
{
    setProperty("role", QStringLiteral("card"));
    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(kCardPadding, 12, kCardPadding, kCardPadding);
    outer->setSpacing(12);
    m_header = new QHBoxLayout;
    m_header->setSpacing(kUnit);
    m_title = makeLabel(title, "card-title", this);
    m_note = new ElidedLabel(note, "note", this);
    m_note->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_note->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_header->addWidget(m_title);
    m_header->addWidget(m_note, 1);
    outer->addLayout(m_header);
    m_body = new QVBoxLayout;
    m_body->setSpacing(kUnit);
    outer->addLayout(m_body, 1);
    setAccessibleName(title);
    m_title->setVisible(!title.isEmpty());
    m_note->setVisible(!title.isEmpty() || !note.isEmpty());
}

void Card::setTitle(const QString &title)
{
    m_title->setText(title);
    m_title->setVisible(!title.isEmpty());
    setAccessibleName(title);
}

void Card::setNote(const QString &note)
{
    m_note->setFullText(note);
    m_note->setVisible(true);
}

QString Card::title() const { return m_title->text(); }

void Card::addHeaderWidget(QWidget *widget) { m_header->addWidget(widget); }

ValueCard::ValueCard(const QString &label, QWidget *parent) : QFrame(parent)
{
    setProperty("role", QStringLiteral("card"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setMinimumWidth(132);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(kCardPadding, 11, kCardPadding, 11);
    layout->setSpacing(4);
    m_label = new ElidedLabel(label, "note", this);
    m_value = new FigureLabel(kValuePixels, QFont::DemiBold, this);
    m_note = new ElidedLabel({}, "note", this);
    layout->addWidget(m_label);
    layout->addWidget(m_value);
    layout->addWidget(m_note);
    m_value->setText(QStringLiteral("–"));
    setAccessibleName(label);
}

void ValueCard::setValue(const QString &value, const QString &note, Tone tone)
{
    m_value->setText(value.isEmpty() ? QStringLiteral("–") : value);
    m_value->setTone(tone);
    m_note->setFullText(note);
    setAccessibleDescription(value + QStringLiteral(". ") + note);
}

void ValueCard::setLabel(const QString &label)
{
    m_label->setFullText(label);
    setAccessibleName(label);
}

void ValueCard::setTerm(const QString &tooltip) { setToolTip(tooltip); }

// ---- PageHeader

PageHeader::PageHeader(const QString &title, QWidget *parent) : QWidget(parent)
{
    m_grid = new QGridLayout(this);
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setHorizontalSpacing(kUnit);
    m_grid->setVerticalSpacing(6);
    m_grid->setColumnStretch(0, 1);
    m_title = makeLabel(title, "title", this);
    m_subtitle = new ElidedLabel({}, "second", this);
    m_buttons = new QHBoxLayout;
    m_buttons->setSpacing(kUnit);
    m_grid->addWidget(m_title, 0, 0);
    m_grid->addWidget(m_subtitle, 1, 0);
    m_grid->addLayout(m_buttons, 0, 1, 2, 1, Qt::AlignVCenter);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

void PageHeader::arrange()
{
    const bool isWide = m_subtitle->sizeHint().width() + kUnit + m_buttons->sizeHint().width() <= width();
    if (isWide == m_isWide)
        return;
    m_isWide = isWide;
    m_grid->removeItem(m_buttons);
    m_grid->removeWidget(m_subtitle);
    m_buttons->setParent(nullptr);
    m_grid->addLayout(m_buttons, 0, 1, isWide ? 2 : 1, 1, Qt::AlignVCenter);
    m_grid->addWidget(m_subtitle, 1, 0, 1, isWide ? 1 : 2);
}

void PageHeader::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    arrange();
}

bool PageHeader::event(QEvent *event)
{
    if (event->type() == QEvent::LayoutRequest)  // another text, or a button that comes or goes
        arrange();
    return QWidget::event(event);
}

void PageHeader::setTitle(const QString &title) { m_title->setText(title); }

void PageHeader::setSubtitle(const QString &subtitle) { m_subtitle->setFullText(subtitle); }

QPushButton *PageHeader::addButton(const QString &text, const QString &tooltip)
{
    QPushButton *button = makeButton(text, "", this);
    button->setToolTip(tooltip);
    m_buttons->insertWidget(m_primary ? m_buttons->count() - 1 : m_buttons->count(), button);
    return button;
}

QPushButton *PageHeader::setPrimary(const QString &text, const QString &tooltip)
{
    if (!m_primary) {
        m_primary = makeButton(text, "primary", this);
        m_buttons->addWidget(m_primary);
        for (const int key : {Qt::Key_Return, Qt::Key_Enter}) {  // of the page that is shown: others' do not listen
            auto *shortcut = new QShortcut(Qt::CTRL | Qt::Key(key), this);
            shortcut->setAutoRepeat(false);  // held down, "Start" would become "Stop" and be pressed again
            connect(shortcut, &QShortcut::activated, this, &PageHeader::pressPrimary);
        }
    }
    m_primary->setText(text);
    m_primary->setToolTip(tooltip.isEmpty() ? tr("Ctrl+Return") : tooltip);
    return m_primary;
}

void PageHeader::pressPrimary()
{
    if (m_primary->isVisible() && m_primary->isEnabled())
        m_primary->click();
}

// ---- EmptyState

EmptyState::EmptyState(const QString &iconName, const QString &sentence, const QString &explanation,
                       const QString &buttonText, QWidget *parent)
    : QWidget(parent), m_iconName(iconName)
{
    auto *layout = new QVBoxLayout(this);
    layout->setSpacing(12);
    layout->addStretch(2);
    m_icon = new QLabel(this);
    m_icon->setAlignment(Qt::AlignCenter);
    layout->addWidget(m_icon);
    m_sentence = makeWrappedLabel({}, "big", this);
    m_sentence->setAlignment(Qt::AlignCenter);
    layout->addWidget(m_sentence);
    m_explanation = makeWrappedLabel({}, "second", this);
    m_explanation->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
    m_explanation->setMaximumWidth(560);
    layout->addWidget(m_explanation, 0, Qt::AlignHCenter);
    m_button = makeButton({}, "primary", this);
    layout->addWidget(m_button, 0, Qt::AlignHCenter);
    layout->addStretch(3);
    connect(m_button, &QPushButton::clicked, this, &EmptyState::activated);
    setTexts(sentence, explanation, buttonText);
    drawIcon();
}

void EmptyState::setTexts(const QString &sentence, const QString &explanation, const QString &buttonText)
{
    m_sentence->setText(sentence);
    m_explanation->setText(explanation);
    m_explanation->setVisible(!explanation.isEmpty());
    m_explanation->setMinimumWidth(std::min(560, fontMetrics().horizontalAdvance(explanation) + 16));
    m_button->setText(buttonText);
    m_button->setVisible(!buttonText.isEmpty());
}

void EmptyState::drawIcon() { m_icon->setPixmap(iconPixmap(m_iconName, 40, tokens().third, devicePixelRatioF())); }

void EmptyState::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange)
        drawIcon();
}

// ---- HintRow

HintRow::HintRow(Tone tone, const QString &text, const QString &linkText, QWidget *parent) : QWidget(parent)
{
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 2, 0, 2);
    layout->setSpacing(10);
    m_dot = new StatusDot(tone, this);
    m_dot->setFixedHeight(fontMetrics().height());  // beside the first line
    m_text = makeWrappedLabel(text, "", this);
    m_text->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    m_link = makeButton(linkText, "link", this);
    m_link->setFixedHeight(fontMetrics().height() + 2);
    layout->addWidget(m_dot, 0, Qt::AlignTop);
    layout->addWidget(m_text, 1);
    layout->addWidget(m_link, 0, Qt::AlignTop);
    connect(m_link, &QPushButton::clicked, this, &HintRow::activated);
    set(tone, text, linkText);
}

void HintRow::set(Tone tone, const QString &text, const QString &linkText)
{
    m_dot->setState(tone);
    m_text->setText(text);
    m_link->setText(linkText.isEmpty() ? QString() : linkText + QStringLiteral(" ▸"));
    m_link->setAccessibleName(linkText);
    m_link->setVisible(!linkText.isEmpty());
}

// ---- FactList

FactList::FactList(QWidget *parent) : QWidget(parent), m_layout(new QVBoxLayout(this))
{
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(12);
    m_layout->addStretch(1);
}

void FactList::set(const QString &key, const QString &value, Tone tone, const QString &tooltip)
{
    QWidget *&row = m_rows[key];
    if (!row) {
        row = new QWidget(this);
        auto *layout = new QHBoxLayout(row);
        layout->setContentsMargins(0, 0, 0, 0);
        layout->addWidget(makeLabel(key, "second", row), 0, Qt::AlignTop);
        auto *valueLabel = makeWrappedLabel({}, "", row);
        valueLabel->setObjectName(QStringLiteral("value"));
        valueLabel->setAlignment(Qt::AlignRight | Qt::AlignTop);
        layout->addWidget(valueLabel, 1);
        m_layout->insertWidget(m_layout->count() - 1, row);
    }
    auto *label = row->findChild<QLabel *>(QStringLiteral("value"));
    label->setText(value);
    setTone(label, tone);
    row->setToolTip(tooltip);
    row->setAccessibleName(key + QStringLiteral(": ") + value);
}

void FactList::remove(const QString &key) { delete m_rows.take(key); }

void FactList::clear()
{
    qDeleteAll(m_rows);
    m_rows.clear();
}

QString FactList::value(const QString &key) const
{
    const QWidget *row = m_rows.value(key);
    return row ? row->findChild<QLabel *>(QStringLiteral("value"))->text() : QString();
}

}  // namespace athanor::style
