// The token inspector: one record, the model that would learn it, and two settings, live. Role: asks the workbench how the
// record is taught and shows the tokens, the counts, and why a record teaches nothing. Thread: the window's.
#pragma once

#include "ui/forms/number_edit.h"
#include "ui/pages/common/error_panel.h"
#include "ui/pages/common/page_parts.h"
#include "ui/pages/data/token_inspection_view.h"

#include <QTimer>

namespace athanor::shell {
class Session;
}

namespace athanor::pages {

class ATHANOR_EXPORT TokenInspector : public QWidget {
    Q_OBJECT
public:
    explicit TokenInspector(shell::Session &session, QWidget *parent = nullptr);

    /// Fills the list of models; the newest one that came with weights is chosen first.
    void refresh();
    void setRecord(const QString &dataset, const QString &recordId, const QString &kind);
    QJsonObject teaching() const;
    /// `cut`: the tokens behind the limit.
    void showInspection(const workbench::TokenInspection &inspection, const QList<TokenInspectionView::Piece> &cut = {});
    TokenInspectionView *view() const { return m_view; }
    QComboBox *modelBox() const { return m_model; }
    QComboBox *learnFromBox() const { return m_learnFrom; }
    forms::NumberEdit *maxTokensField() const { return m_maxTokens; }
    QString counts() const { return m_counts->text(); }
    ErrorPanel *errorPanel() const { return m_error; }

private:
    QWidget *makeControls();
    QWidget *makeLegend();
    void drawLegend();
    void inspect();
    QList<TokenInspectionView::Piece> piecesBehind(const workbench::TokenInspection &inspection) const;
    shell::Session &m_session;
    QString m_dataset, m_record, m_kind;
    QComboBox *m_model, *m_learnFrom;
    QWidget *m_learnFromRow = nullptr;
    forms::NumberEdit *m_maxTokens;
    QLabel *m_counts, *m_wording, *m_token;
    QList<QLabel *> m_legend;
    ErrorPanel *m_error;
    TokenInspectionView *m_view;
    QTimer m_delay;
};

}  // namespace athanor::pages
