#include "ui/pages/data/token_inspector.h"

#include "core/base/format.h"
#include "core/model/training_settings.h"
#include "ui/shell/session.h"
#include "ui/style/appearance.h"
#include "ui/style/chips.h"
#include "ui/style/type.h"

namespace athanor::pages {

namespace {

constexpr int kDelayMs = 80;
constexpr qint64 kFirstLimit = 512;
constexpr std::array kRoles{TokenRole::Learned, TokenRole::Seen, TokenRole::Template, TokenRole::Cut};

QString legendWords(TokenRole role)
{
    switch (role) {
    case TokenRole::Learned: return TokenInspector::tr("learned");
    case TokenRole::Cut: return TokenInspector::tr("cut off");
    case TokenRole::Template: return TokenInspector::tr("the template's own");
    case TokenRole::Seen: break;
    }
    return TokenInspector::tr("seen only");
}

}  // namespace

TokenInspector::TokenInspector(shell::Session &session, QWidget *parent)
    : QWidget(parent), m_session(session), m_model(new QComboBox), m_learnFrom(new QComboBox),
      m_maxTokens(new forms::NumberEdit(forms::NumberEdit::Kind::Integer)), m_counts(style::makeWrappedLabel({}, "card-title")),
      m_wording(style::makeWrappedLabel({}, "note")), m_token(style::makeWrappedLabel({}, "note")), m_error(new ErrorPanel), m_view(new TokenInspectionView)
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(10);
    for (QWidget *part : QList<QWidget *>{makeControls(), m_error, m_counts, m_wording, makeLegend(), m_view, m_token})
        column->addWidget(part, part == m_view ? 1 : 0);
    m_view->setMinimumHeight(140);
    m_token->setText(tr("Hover a token, or move the cursor into it, to see its number."));
    m_delay.setSingleShot(true);
    m_delay.setInterval(kDelayMs);
    connect(&m_delay, &QTimer::timeout, this, &TokenInspector::inspect);
    const auto later = [this] { m_delay.start(); };
    connect(m_model, &QComboBox::currentIndexChanged, this, later);
    connect(m_learnFrom, &QComboBox::currentIndexChanged, this, later);
    connect(m_maxTokens, &forms::NumberEdit::edited, this, later);
    connect(m_view, &TokenInspectionView::tokenUnderCursor, this, [this](const QString &text) {
        m_token->setText(text.isEmpty() ? tr("Hover a token, or move the cursor into it, to see its number.") : text);
    });
    connect(style::Appearance::instance(), &style::Appearance::changed, this, &TokenInspector::drawLegend);
}

QWidget *TokenInspector::makeControls()
{
    auto *controls = new QWidget;
    auto *row = new QHBoxLayout(controls);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    const plugin::ParameterSchema &schema = model::teachingSchema();
    const plugin::Parameter *learnFrom = schema.find(QStringLiteral("learnFrom"));
    const plugin::Parameter *maxTokens = schema.find(QStringLiteral("maxTokens"));
    for (const plugin::Choice &choice : learnFrom->choices) {
        m_learnFrom->addItem(choice.title, choice.value);
        m_learnFrom->setItemData(m_learnFrom->count() - 1, choice.doc, Qt::ToolTipRole);
    }
    m_maxTokens->setLimits(maxTokens->minimum, maxTokens->maximum);
    m_maxTokens->setNumber(double(kFirstLimit));
    for (QComboBox *box : {m_model, m_learnFrom})
        style::letShrink(box);
    row->addWidget(labelled(tr("For the model"), m_model, tr("Its tokenizer and its chat template")), 3);
    m_learnFromRow = labelled(learnFrom->title, m_learnFrom, learnFrom->term + QStringLiteral("\n") + learnFrom->doc);
    row->addWidget(m_learnFromRow, 3);
    row->addWidget(labelled(maxTokens->title, m_maxTokens, maxTokens->term + QStringLiteral("\n") + maxTokens->doc), 2);
    return controls;
}

QWidget *TokenInspector::makeLegend()
{
    auto *legend = new QWidget;
    auto *row = new style::FlowLayout(legend, 8);
    for (const TokenRole role : kRoles) {
        QLabel *label = style::makeLabel({}, "note");
        label->setTextFormat(Qt::RichText);
        label->setToolTip(TokenInspectionView::roleWords(role));
        m_legend += label;
        row->addWidget(label);
    }
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    legend->setSizePolicy(policy);
    drawLegend();
    return legend;
}

void TokenInspector::drawLegend()
{
    for (int i = 0; i < m_legend.size(); ++i) {
        const QTextCharFormat format = TokenInspectionView::formatOf(kRoles[size_t(i)], true);
        QString words = QStringLiteral("&nbsp;%1&nbsp;").arg(legendWords(kRoles[size_t(i)]).toHtmlEscaped());
        if (format.fontItalic())
            words = QStringLiteral("<i>%1</i>").arg(words);
        if (format.fontStrikeOut())
            words = QStringLiteral("<s>%1</s>").arg(words);
        if (format.fontWeight() > QFont::Normal)
            words = QStringLiteral("<b>%1</b>").arg(words);
        m_legend[i]->setText(QStringLiteral("<span style='background:%1;color:%2'>%3</span>")
                                 .arg(format.background().color().name(), format.foreground().color().name(), words));
    }
}

void TokenInspector::refresh()
{
    if (!m_session.hasProject())
        return;
    QStringList withWeights, others;
    for (const project::Model &model : m_session.project().models().value_or(QList<project::Model>()))
        (model.base.isEmpty() ? others : withWeights) += model.name;
    const QString before = chosen(m_model);
    fillChoices(m_model, withWeights + others);
    if (before != chosen(m_model))
        m_delay.start();
}

void TokenInspector::setRecord(const QString &dataset, const QString &recordId, const QString &kind)
{
    if (dataset == m_dataset && recordId == m_record && kind == m_kind)
        return;
    m_dataset = dataset;
    m_record = recordId;
    m_kind = kind;
    m_learnFromRow->setVisible(kind != QLatin1String("labels"));
    inspect();
}

QJsonObject TokenInspector::teaching() const
{
    QJsonObject teaching{{QStringLiteral("kind"), m_kind.isEmpty() ? QStringLiteral("chat") : m_kind}, {QStringLiteral("learnFrom"), chosen(m_learnFrom)}};
    if (const std::optional<double> limit = m_maxTokens->number())
        teaching.insert(QStringLiteral("maxTokens"), qint64(*limit));
    return teaching;
}

void TokenInspector::inspect()
{
    m_delay.stop();
    if (m_record.isEmpty() || !m_session.hasProject())
        return showInspection({});
    if (m_model->count() == 0) {
        showInspection({});
        return m_error->present(tr("There is no model yet whose tokens could be shown."), tr("Bring one in or make one on the Architecture page."), style::Tone::Attention);
    }
    if (!m_maxTokens->number()) {
        showInspection({});
        return m_error->present(tr("The longest record is no number."), tr("Write a number of tokens; 0 takes what the model can see at once."), style::Tone::Bad);
    }
    const auto inspection = m_session.workbench().tokenInspector(m_dataset, m_record, chosen(m_model), teaching());
    if (inspection)
        return showInspection(*inspection, piecesBehind(*inspection));
    showInspection({});
    m_error->present(inspection.error());
}

/// What was cut off, told from the same record with room for all of it.
QList<TokenInspectionView::Piece> TokenInspector::piecesBehind(const workbench::TokenInspection &inspection) const
{
    if (inspection.cutTokens <= 0)
        return {};
    QJsonObject wide = teaching();
    wide.insert(QStringLiteral("maxTokens"), inspection.tokens + inspection.cutTokens);
    const auto whole = m_session.workbench().tokenInspector(m_dataset, m_record, chosen(m_model), wide);
    return whole ? whole->pieces.mid(inspection.pieces.size()) : QList<TokenInspectionView::Piece>();
}

void TokenInspector::showInspection(const workbench::TokenInspection &inspection, const QList<TokenInspectionView::Piece> &cut)
{
    m_view->setPieces(inspection.pieces, cut);
    m_counts->setVisible(!inspection.pieces.isEmpty());
    const auto words = [](qint64 count) { return formatInteger(count); };
    QString counts = tr("%1 tokens seen").arg(words(inspection.tokens));
    counts += inspection.label.isEmpty() ? tr(" · %1 learned").arg(words(inspection.learnedTokens)) : tr(" · learns the label “%1”").arg(inspection.label);
    if (inspection.cutTokens > 0)
        counts += tr(" · %1 cut off").arg(words(inspection.cutTokens));
    if (m_view->tokenCount() > TokenInspectionView::kMostTokens)
        counts += tr(" · the first %1 are drawn").arg(words(TokenInspectionView::kMostTokens));
    m_counts->setText(counts);
    style::setTone(m_counts, inspection.cutTokens > 0 ? style::Tone::Attention : style::Tone::Neutral);
    const QString wording = inspection.wording.isEmpty() ? QString() : tr("Written by %1.").arg(inspection.wording);
    m_wording->setText((QStringList{wording} + inspection.notes).join(QLatin1Char(' ')).trimmed());
    m_wording->setVisible(!m_wording->text().isEmpty());
    if (inspection.teachesNothing.isEmpty())
        m_error->dismiss();
    else
        m_error->present(tr("This record teaches nothing: %1").arg(inspection.teachesNothing), tr("Training passes over it."), style::Tone::Attention);
}

}  // namespace athanor::pages
