// The small widgets that every page is made of. Thread: the window's.
#pragma once

#include "ui/style/style_sheet.h"

#include <QFrame>
#include <QLabel>
#include <QPushButton>

class QBoxLayout;
class QComboBox;
class QGridLayout;
class QHBoxLayout;
class QVBoxLayout;

namespace athanor::style {

/// A label with a role of style_sheet.h: "title", "card-title", "note", "second", "quiet" …
ATHANOR_EXPORT QLabel *makeLabel(const QString &text, const char *role = "", QWidget *parent = nullptr);
/// The same, wrapping at the width it gets.
ATHANOR_EXPORT QLabel *makeWrappedLabel(const QString &text, const char *role = "", QWidget *parent = nullptr);
ATHANOR_EXPORT QPushButton *makeButton(const QString &text, const char *role = "", QWidget *parent = nullptr);
/// For a narrow column: the box may become narrower than its longest entry, but not than so many characters.
ATHANOR_EXPORT void letShrink(QComboBox *box, int characters = 8);
/// After its entries changed: the list that opens shows each of them whole.
ATHANOR_EXPORT void widenList(QComboBox *box);
/// Empties a layout, deleting the widgets later.
ATHANOR_EXPORT void clearLayout(QLayout *layout);

/// A dot that says a state by colour and by shape: Neutral a ring, Active larger, Attention a triangle, Bad a square.
class ATHANOR_EXPORT StatusDot : public QWidget {
    Q_OBJECT
public:
    explicit StatusDot(Tone tone = Tone::Neutral, QWidget *parent = nullptr);
    void setState(Tone tone, const QString &words = {});  // the words become tooltip and accessible name
    Tone tone() const { return m_tone; }
    QSize sizeHint() const override { return {12, 12}; }
    static void draw(QPainter &painter, const QPointF &centre, Tone tone);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    Tone m_tone;
};

/// One line that shortens itself with an ellipsis and shows the whole in its tooltip.
class ATHANOR_EXPORT ElidedLabel : public QLabel {
    Q_OBJECT
public:
    explicit ElidedLabel(const QString &text = {}, const char *role = "", QWidget *parent = nullptr);
    void setFullText(const QString &text);
    QString fullText() const { return m_full; }
    QSize minimumSizeHint() const override;
    QSize sizeHint() const override;

protected:
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void shorten();
    QString m_full;
};

/// Figures with digits of one width; for values that change while one looks.
class ATHANOR_EXPORT FigureLabel : public QWidget {
    Q_OBJECT
public:
    explicit FigureLabel(int pixels, QFont::Weight weight = QFont::Normal, QWidget *parent = nullptr);
    void setText(const QString &text);
    QString text() const { return m_text; }
    void setTone(Tone tone);  // Neutral: the text colour
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QString m_text;
    Tone m_tone = Tone::Neutral;
};

/// A quiet ground with a title, a note at its right, and a body.
class ATHANOR_EXPORT Card : public QFrame {
    Q_OBJECT
public:
    explicit Card(const QString &title = {}, const QString &note = {}, QWidget *parent = nullptr);
    void setTitle(const QString &title);
    void setNote(const QString &note);
    QString title() const;
    /// A widget at the right of the title, after the note.
    void addHeaderWidget(QWidget *widget);
    QVBoxLayout *body() const { return m_body; }

private:
    QHBoxLayout *m_header = nullptr;
    QLabel *m_title = nullptr;
    ElidedLabel *m_note = nullptr;
    QVBoxLayout *m_body = nullptr;
};

/// A number with what it is above and its comparison below.
class ATHANOR_EXPORT ValueCard : public QFrame {
    Q_OBJECT
public:
    explicit ValueCard(const QString &label, QWidget *parent = nullptr);
    void setValue(const QString &value, const QString &note = {}, Tone tone = Tone::Neutral);
    void setLabel(const QString &label);
    void setTerm(const QString &tooltip);  // the field's term
    QString value() const { return m_value->text(); }

private:
    ElidedLabel *m_label;
    FigureLabel *m_value;
    ElidedLabel *m_note;
};

/// Title, subtitle, buttons at the right; at most one of them is the primary one. Where the subtitle has no room beside the
/// buttons it stands below them.
class ATHANOR_EXPORT PageHeader : public QWidget {
    Q_OBJECT
public:
    explicit PageHeader(const QString &title, QWidget *parent = nullptr);
    void setTitle(const QString &title);
    void setSubtitle(const QString &subtitle);
    QPushButton *addButton(const QString &text, const QString &tooltip = {});
    /// Made on the first call, changed by later ones; always the rightmost. Ctrl+Return presses it.
    QPushButton *setPrimary(const QString &text, const QString &tooltip = {});
    QPushButton *primary() const { return m_primary; }

protected:
    void resizeEvent(QResizeEvent *event) override;
    bool event(QEvent *event) override;

private:
    void pressPrimary();
    void arrange();
    QLabel *m_title;
    ElidedLabel *m_subtitle;
    QGridLayout *m_grid;
    QHBoxLayout *m_buttons;
    bool m_isWide = true;  // the subtitle has room beside the buttons
    QPushButton *m_primary = nullptr;
};

/// What an empty page says: one sentence, what to do, and the button that does it.
class ATHANOR_EXPORT EmptyState : public QWidget {
    Q_OBJECT
public:
    EmptyState(const QString &iconName, const QString &sentence, const QString &explanation = {},
               const QString &buttonText = {}, QWidget *parent = nullptr);
    void setTexts(const QString &sentence, const QString &explanation, const QString &buttonText = {});
    QPushButton *button() const { return m_button; }

Q_SIGNALS:
    void activated();

protected:
    void changeEvent(QEvent *event) override;

private:
    void drawIcon();
    QString m_iconName;
    QLabel *m_icon;
    QLabel *m_sentence;
    QLabel *m_explanation;
    QPushButton *m_button;
};

/// A dot, plain words, and a way to act.
class ATHANOR_EXPORT HintRow : public QWidget {
    Q_OBJECT
public:
    explicit HintRow(Tone tone, const QString &text, const QString &linkText = {}, QWidget *parent = nullptr);
    void set(Tone tone, const QString &text, const QString &linkText = {});
    QString text() const { return m_text->text(); }

Q_SIGNALS:
    void activated();

private:
    StatusDot *m_dot;
    QLabel *m_text;
    QPushButton *m_link;
};

/// "name .... value" rows, as in "What it costs". Later values replace earlier ones of the same key.
class ATHANOR_EXPORT FactList : public QWidget {
    Q_OBJECT
public:
    explicit FactList(QWidget *parent = nullptr);
    void set(const QString &key, const QString &value, Tone tone = Tone::Neutral, const QString &tooltip = {});
    void remove(const QString &key);
    void clear();
    QString value(const QString &key) const;

private:
    struct Row;
    QVBoxLayout *m_layout;
    QHash<QString, QWidget *> m_rows;
};

}  // namespace athanor::style
