// The parts with which models that exist are brought in, taught, tried and taken out, as far as they need no worker:
// previews, drawings of families, conversations, records, the token inspector, the forms, the proof of an export.
#include "core/base/atomic_file.h"
#include "core/corpus/recipe.h"
#include "core/model/architecture.h"
#include "core/model/training_settings.h"
#include "core/plugin/catalogue.h"
#include "ui/pages/architecture/diagram_layout.h"
#include "ui/pages/architecture/model_preview.h"
#include "ui/pages/architecture/suggestion_list.h"
#include "ui/pages/chat/answer_column.h"
#include "ui/pages/common/parity_facts.h"
#include "ui/pages/data/record_words.h"
#include "ui/pages/data/recipe_editor.h"
#include "ui/pages/data/token_inspection_view.h"
#include "ui/pages/training/teaching_form.h"

#include <QJsonDocument>
#include <QLocalServer>
#include <QTemporaryDir>
#include <QTest>

using namespace athanor;
using namespace athanor::pages;

namespace {

workbench::ModelInspection smallModel()
{
    workbench::ModelInspection model;
    model.isReadable = true;
    model.kind = QStringLiteral("huggingface");
    model.name = QStringLiteral("SmolLM2-135M");
    model.family = QStringLiteral("architecture.llama");
    model.familyTitle = QStringLiteral("LLaMA");
    model.parameters = 134'515'008;
    model.context = 8192;
    model.vocabulary = 49152;
    model.bytes = 270'000'000;
    model.licence = QStringLiteral("apache-2.0");
    model.tokenizerType = QStringLiteral("byte-level BPE");
    model.hasChatTemplate = true;
    return model;
}

QString valueOf(const ModelPreview &preview, const QString &key)
{
    for (const PreviewRow &row : preview.rows)
        if (row.key == key)
            return row.value;
    return {};
}

MachineFacts machineWith(qint64 memory)
{
    MachineFacts machine;
    machine.memoryBytes = memory;
    return machine;
}

Diagram drawn(const plugin::Catalogue &plugins, const char *family, const QJsonObject &choices = {})
{
    const auto expanded = model::expandArchitecture(plugins, QString::fromLatin1(family), choices, 512);
    return expanded ? layOut(*expanded, plugins, 380) : Diagram();
}

/// A worker's side of a chat: keeps what was asked, says what it is told to.
struct FakeWorker {
    FakeWorker()
    {
        server.listen(folder.filePath(QStringLiteral("s")));
        QObject::connect(&server, &QLocalServer::newConnection, &server, [this] {
            socket = server.nextPendingConnection();
            QObject::connect(socket, &QLocalSocket::readyRead, socket, [this] { received += socket->readAll(); });
        });
    }
    bool ready() { return bool(writeJsonFile(folder.filePath(QStringLiteral("socket.json")), {{QStringLiteral("format"), 1}, {QStringLiteral("name"), server.fullServerName()}})); }
    void say(const QJsonObject &message)
    {
        socket->write(QJsonDocument(message).toJson(QJsonDocument::Compact) + '\n');
        socket->flush();
    }
    QJsonObject lastQuestion() const { return QJsonDocument::fromJson(received.trimmed().split('\n').last()).object(); }
    QTemporaryDir folder;
    QLocalServer server;
    QLocalSocket *socket = nullptr;
    QByteArray received;
};

}  // namespace

class TestModelParts : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<plugin::Catalogue> m_plugins = plugin::scanUsualFolders();

private Q_SLOTS:
    void aPreviewSaysWhatAModelIsAndWhetherItFits()
    {
        const ModelPreview preview = previewOf(smallModel(), *m_plugins, machineWith(qint64(24) << 30));
        QVERIFY(preview.canBringIn);
        QVERIFY(!preview.sentence.isEmpty());
        QCOMPARE(valueOf(preview, QStringLiteral("Licence")), QStringLiteral("apache-2.0"));
        QVERIFY(valueOf(preview, QStringLiteral("Context")).contains(QStringLiteral("8,192")));
        QVERIFY(valueOf(preview, QStringLiteral("To teach all of it")).startsWith(QStringLiteral("fits")));
        QVERIFY(preview.remarks.isEmpty());
    }

    void aModelThatIsTooLargeToTeachSaysSo_data()
    {
        QTest::addColumn<qint64>("memory");
        QTest::addColumn<QString>("remark");
        QTest::newRow("all but an adapter") << (qint64(1) << 30) << "adapter";
        QTest::newRow("only to use") << (qint64(600) << 20) << "not taught";
        QTest::newRow("not at all") << (qint64(100) << 20) << "too large";
    }
    void aModelThatIsTooLargeToTeachSaysSo()
    {
        QFETCH(qint64, memory);
        QFETCH(QString, remark);
        const ModelPreview preview = previewOf(smallModel(), *m_plugins, machineWith(memory));
        QVERIFY(!preview.remarks.isEmpty());
        QVERIFY2(preview.remarks.last().text.contains(remark), qPrintable(preview.remarks.last().text));
    }

    void labelsAreNamedInsteadOfAChatTemplate()
    {
        workbench::ModelInspection model = smallModel();
        model.labels = {QStringLiteral("bill"), QStringLiteral("letter")};
        ModelPreview preview = previewOf(model, *m_plugins, machineWith(qint64(24) << 30));
        QCOMPARE(valueOf(preview, QStringLiteral("Labels")), QStringLiteral("bill, letter"));
        QVERIFY(valueOf(preview, QStringLiteral("Chat template")).isEmpty());
        for (int i = 0; i < 10; ++i)
            model.labels += QString::number(i);
        preview = previewOf(model, *m_plugins, machineWith(qint64(24) << 30));
        QVERIFY(valueOf(preview, QStringLiteral("Labels")).startsWith(QStringLiteral("12 labels: bill")));
    }

    void aMissingLicenceAndWarningsAreNamed()
    {
        workbench::ModelInspection model = smallModel();
        model.licence.clear();
        model.warnings = {QStringLiteral("Its rotary scaling is new.")};
        const ModelPreview preview = previewOf(model, *m_plugins, machineWith(qint64(24) << 30));
        QCOMPARE(preview.remarks.size(), 2);
        QVERIFY(preview.remarks.first().text.contains(QStringLiteral("licence")));
        model.isReadable = false;
        model.reason = QStringLiteral("there is no model in it.");
        const ModelPreview unreadable = previewOf(model, *m_plugins, machineWith(1));
        QVERIFY(!unreadable.canBringIn && unreadable.rows.isEmpty());
        QCOMPARE(unreadable.reason, model.reason);
    }

    void anOfferWithSeveralFilesAsksWhich()
    {
        workbench::ModelOffer offer;
        offer.repository = QStringLiteral("owner/Small-GGUF");
        offer.format = QStringLiteral("gguf");
        offer.choices = {{QStringLiteral("small-q8_0.gguf"), 145'000'000, {}}, {QStringLiteral("small-f16.gguf"), 271'000'000, {}}};
        offer.fits = true;
        ModelPreview preview = previewOf(offer, machineWith(qint64(24) << 30));
        QVERIFY(!preview.canBringIn);
        QCOMPARE(preview.choices.size(), 2);
        offer.choices.clear();
        offer.files = {{QStringLiteral("small-q8_0.gguf"), 145'000'000, {}}};
        offer.bytes = 145'000'000;
        preview = previewOf(offer, machineWith(qint64(24) << 30));
        QVERIFY(preview.canBringIn);
        QVERIFY(valueOf(preview, QStringLiteral("To download")).contains(QStringLiteral("145")));
        offer.fits = false;
        offer.fitsText = QStringLiteral("145 MB to download; the disk has 20 MB");
        preview = previewOf(offer, machineWith(qint64(24) << 30));
        QVERIFY(!preview.canBringIn);
        QCOMPARE(preview.reason, offer.fitsText);
    }

    void anAdapterThatIsOfferedNamesItsModel()
    {
        workbench::ModelOffer offer;
        offer.repository = QStringLiteral("owner/small-lora");
        offer.format = QStringLiteral("adapter");
        offer.base = QStringLiteral("owner/small");
        offer.fits = true;
        const ModelPreview preview = previewOf(offer, machineWith(qint64(24) << 30));
        QVERIFY(preview.canBringIn && preview.standsOnAnother);
        QCOMPARE(valueOf(preview, QStringLiteral("Made for")), offer.base);
        QVERIFY(preview.title.contains(QStringLiteral("adapter")) && valueOf(preview, QStringLiteral("Format")).contains(QStringLiteral("PEFT")));
    }

    void suggestionsAreChosenByKey()
    {
        SuggestionList list;
        workbench::ModelSuggestion one;
        one.name = QStringLiteral("Small");
        one.repository = QStringLiteral("owner/small");
        one.goodFor = QStringLiteral("a first try");
        list.setSuggestions({one});
        QString chosen;
        connect(&list, &SuggestionList::chosen, this, [&](const workbench::ModelSuggestion &each) { chosen = each.repository; });
        list.show();
        list.setCurrentRow(0);
        QTest::keyClick(&list, Qt::Key_Return);
        QCOMPARE(chosen, one.repository);
        QVERIFY(list.item(0)->data(Qt::AccessibleTextRole).toString().contains(one.goodFor));
    }

    void anEncoderHasItsHeadsSideBySide()
    {
        const Diagram bert = drawn(*m_plugins, "architecture.bert");
        QVERIFY(bert.boxes.size() > 8);
        QCOMPARE(bert.frames.size(), 1);
        QCOMPARE(bert.residuals.size(), 2);
        QCOMPARE(bert.labels.size(), 2);
        QVERIFY(!bert.labels[0].rect.intersects(bert.labels[1].rect));
        for (int i = 0; i < bert.boxes.size(); ++i)
            for (int j = i + 1; j < bert.boxes.size(); ++j)
                QVERIFY2(!bert.boxes[i].rect.intersects(bert.boxes[j].rect), qPrintable(bert.boxes[i].title + bert.boxes[j].title));
    }

    void anEncoderHandsItsResultToEveryCrossAttention()
    {
        const Diagram t5 = drawn(*m_plugins, "architecture.t5");
        QCOMPARE(t5.frames.size(), 2);
        QCOMPARE(t5.labels.size(), 2);
        int arrows = 0, crossings = 0;
        for (const DiagramLine &line : t5.lines)
            arrows += line.hasArrow;
        for (const DiagramBox &box : t5.boxes)
            crossings += box.layer.contains(QLatin1String("cross_attention"));
        QCOMPARE(crossings, 1);
        QCOMPARE(arrows, crossings);
        QVERIFY(t5.frames[0].rect.bottom() < t5.frames[1].rect.top());
    }

    void parallelBranchesStandSideBySide()
    {
        const Diagram falcon = drawn(*m_plugins, "architecture.falcon");
        QCOMPARE(falcon.frames.size(), 1);
        QCOMPARE(falcon.residuals.size(), 1);
        const auto box = [&](const char *layer) {
            for (const DiagramBox &each : falcon.boxes)
                if (each.layer == QLatin1String(layer))
                    return each.rect;
            return QRectF();
        };
        const QRectF attention = box("layer.attention"), mlp = box("layer.gelu_mlp");
        QVERIFY(attention.isValid() && mlp.isValid());
        QCOMPARE(attention.top(), mlp.top());
        QVERIFY(attention.right() < mlp.left());
        QVERIFY(falcon.frames.first().rect.contains(attention) && falcon.frames.first().rect.contains(mlp));
        QCOMPARE(drawn(*m_plugins, "architecture.falcon", {{QStringLiteral("norms"), 2}}).residuals.size(), 1);
        QCOMPARE(drawn(*m_plugins, "architecture.falcon", {{QStringLiteral("parallel"), false}}).residuals.size(), 2);
    }

    void everyOfferedFamilySaysWhatItIsGoodForAndIsDrawn()
    {
        const auto families = model::offeredArchitectures(*m_plugins);
        QVERIFY(families.size() >= 2);
        for (const plugin::Metadata *family : families) {
            QVERIFY2(family->summary.size() > 20, qPrintable(family->id));
            const Diagram diagram = drawn(*m_plugins, qPrintable(family->id));
            QVERIFY2(diagram.boxes.size() > 4 && diagram.height > 100, qPrintable(family->id));
            for (const DiagramBox &box : diagram.boxes)
                QVERIFY2(box.rect.left() >= 0 && box.rect.right() <= 380 && box.rect.bottom() <= diagram.height, qPrintable(family->id + box.title));
        }
    }

    void aConversationIsAskedChangedAndAskedAgain()
    {
        Conversation talk;
        QCOMPARE(talk.takeBackLast(), QString());
        talk.ask(QStringLiteral("Hello"));
        QVERIFY(talk.isAnswering() && !talk.canWriteAgain());
        QCOMPARE(talk.messages(QStringLiteral("Be brief.")).size(), 2);
        talk.append(QStringLiteral("Hi"));
        talk.append(QStringLiteral("!"));
        talk.finish(QStringLiteral("2 tokens"));
        QCOMPARE(talk.turns().last().text, QStringLiteral("Hi!"));
        QCOMPARE(talk.messages({}).last().toObject().value(QLatin1String("role")).toString(), QStringLiteral("assistant"));
        talk.writeAgain();
        QVERIFY(talk.isAnswering());
        QCOMPARE(talk.messages({}).size(), 1);
        talk.finish({});  // stopped before a word came
        QCOMPARE(talk.turns().size(), 1);
        talk.ask(QStringLiteral("Hello again"));  // in the place of the question without an answer
        QCOMPARE(talk.messages({}).size(), 1);
        QCOMPARE(talk.turns().first().text, QStringLiteral("Hello again"));
        talk.finish({});
        QCOMPARE(talk.takeBackLast(), QStringLiteral("Hello again"));
        QVERIFY(talk.isEmpty());
    }

    void aTaughtModelConversesOverTheSocket()
    {
        FakeWorker worker;
        QTemporaryDir project;
        QDir(project.path()).mkpath(QStringLiteral("m"));
        QFile jinja(project.filePath(QStringLiteral("m/chat_template.jinja")));
        QVERIFY(jinja.open(QIODevice::WriteOnly));
        jinja.write("{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}");
        jinja.close();
        AnswerColumn column;
        column.client()->setStarter([&](const QString &) -> Result<QString> { return worker.folder.path(); });
        column.checkpointBox()->addItem(QStringLiteral("small"), project.filePath(QStringLiteral("m")));
        QVERIFY(column.isChat());
        column.ask(QStringLiteral("What is a furnace?"), QStringLiteral("Be brief."), {{QStringLiteral("seed"), 1}}, QStringLiteral("int8"));
        QVERIFY(worker.ready());
        QTRY_VERIFY(worker.received.contains('\n'));
        const QJsonObject asked = worker.lastQuestion();
        QVERIFY(!asked.contains(QLatin1String("prompt")));
        QCOMPARE(asked.value(QLatin1String("messages")).toArray().size(), 2);
        const QJsonValue id = asked.value(QLatin1String("id"));
        worker.say({{QStringLiteral("id"), id}, {QStringLiteral("text"), QStringLiteral("A hot")}, {QStringLiteral("probability"), 0.5}});
        worker.say({{QStringLiteral("id"), id}, {QStringLiteral("text"), QStringLiteral(" place.")}, {QStringLiteral("probability"), 0.5}});
        worker.say({{QStringLiteral("id"), id}, {QStringLiteral("done"), true}, {QStringLiteral("tokens"), 2}, {QStringLiteral("tokensPerSecond"), 31.0},
                    {QStringLiteral("firstTokenSeconds"), 0.08}, {QStringLiteral("stoppedBecause"), QStringLiteral("end")}});
        QTRY_COMPARE(column.conversation().turns().last().text, QStringLiteral("A hot place."));
        QTRY_COMPARE(column.facts()->value(QStringLiteral("First token after")), QStringLiteral("80 ms"));
        QCOMPARE(column.conversationView()->cardCount(), 2);
        QVERIFY(column.conversationView()->card(1)->actionButton()->isVisibleTo(column.conversationView()));
        worker.received.clear();
        column.writeAgain({}, {{QStringLiteral("seed"), 2}}, QStringLiteral("int8"));
        QTRY_VERIFY(worker.received.contains("\"seed\":2"));
        QCOMPARE(worker.lastQuestion().value(QLatin1String("messages")).toArray().size(), 1);
        column.client()->quit();
        QVERIFY(!column.conversation().isAnswering());
        QCOMPARE(column.takeBackLast(), QStringLiteral("What is a furnace?"));
    }

    void aBaseModelContinues()
    {
        QTemporaryDir project;
        AnswerColumn column;
        column.checkpointBox()->addItem(QStringLiteral("base"), project.path());
        QVERIFY(!column.isChat());
        bool says = false;
        for (const style::HintRow *hint : column.findChildren<style::HintRow *>())
            says = says || (hint->isVisibleTo(&column) && hint->text().contains(QStringLiteral("does not answer")));
        QVERIFY(says);
    }

    void recordsReadAsPeopleWriteThem()
    {
        QCOMPARE(recordWords(QStringLiteral(R"({"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]})")),
                 QStringLiteral("user\nHi\n\nassistant\nHello"));
        QCOMPARE(recordWords(QStringLiteral(R"({"text":"fine","label":"good"})")), QStringLiteral("text\nfine\n\nlabel\ngood"));
        QVERIFY(recordWords(QStringLiteral(R"({"question":"?","answer":3})")).contains(QStringLiteral("\"answer\": 3")));
        QCOMPARE(recordWords(QStringLiteral("{broken")), QStringLiteral("{broken"));
    }

    void tokensAreToldApart()
    {
        using Piece = TokenInspectionView::Piece;
        const auto piece = [](qint32 id, const char *text, bool control, bool learns) {
            Piece made;
            made.id = id;
            made.text = QString::fromUtf8(text);
            made.isControl = control;
            made.learns = learns;
            return made;
        };
        TokenInspectionView view;
        view.setPieces({piece(1, "<|user|>", true, false), piece(7, "Hi", false, false), piece(8, "Hello", false, true)}, {piece(9, "\n", false, false)});
        QCOMPARE(view.tokenCount(), 4);
        QCOMPARE(view.roleOf(0), TokenRole::Template);
        QCOMPARE(view.roleOf(1), TokenRole::Seen);
        QCOMPARE(view.roleOf(2), TokenRole::Learned);
        QCOMPARE(view.roleOf(3), TokenRole::Cut);
        QVERIFY(view.describe(0).contains(QStringLiteral("id 1")));
        QVERIFY(view.describe(11).contains(QStringLiteral("learned")));
        QVERIFY(view.describe(500).isEmpty());
        view.moveCursor(QTextCursor::End);
        view.setPieces({}, {});  // the cursor stood where there is nothing any more
        QCOMPARE(view.tokenCount(), 0);
        for (const TokenRole role : {TokenRole::Seen, TokenRole::Learned, TokenRole::Cut, TokenRole::Template})
            QVERIFY(TokenInspectionView::formatOf(role, true).background() != TokenInspectionView::formatOf(role, false).background());
        QVERIFY(TokenInspectionView::formatOf(TokenRole::Cut, true).fontStrikeOut());  // colour is not the only difference
    }

    void theTeachingFormMakesTheRequest()
    {
        TeachingForm form;
        form.setOffered({QStringLiteral("documents")});
        QVERIFY(form.teaching().isEmpty() && form.adapter().isEmpty() && form.learns().isEmpty());
        form.setHasWeights(true);
        QCOMPARE(form.learns(), QStringLiteral("all"));
        form.show();
        QTest::mouseClick(form.kinds()->button(QStringLiteral("chat")), Qt::LeftButton);
        QCOMPARE(form.teaching().value(QLatin1String("kind")).toString(), QStringLiteral("chat"));
        QVERIFY(!form.isOffered() && form.missing()->isVisible());
        form.setOffered({QStringLiteral("documents"), QStringLiteral("chat")});
        QVERIFY(!form.missing()->isVisible());
        auto *box = qobject_cast<QComboBox *>(form.learnsForm()->editor(QStringLiteral("learns")));
        box->setFocus();
        QTest::keyClick(box, Qt::Key_Down);
        QCOMPARE(form.learns(), QStringLiteral("adapter"));
        QVERIFY(form.adapterForm()->isVisible());
        QCOMPARE(form.adapter().value(QLatin1String("rank")).toInt(), 8);
        QVERIFY(form.firstError().isEmpty());
        form.learnsForm()->setValues({{QStringLiteral("learns"), QStringLiteral("chosen")}});
        QVERIFY(form.firstError().contains(QStringLiteral("which layers")));
        form.learnsForm()->setValues({{QStringLiteral("layers"), QStringLiteral("blocks.5.*")}});
        QCOMPARE(form.learns(), QStringLiteral("blocks.5.*"));
        form.setValues({}, {{QStringLiteral("method"), QStringLiteral("lora")}, {QStringLiteral("rank"), 16}}, {});
        QCOMPARE(form.kind(), QStringLiteral("documents"));
        QCOMPARE(form.adapter().value(QLatin1String("rank")).toInt(), 16);
    }

    void theRecipeTurnsIntoOneOfExamples()
    {
        RecipeEditor editor(*m_plugins, corpus::defaultRecipe(*m_plugins));
        editor.show();
        QVERIFY(!editor.isOfRecords());
        QVERIFY(!editor.columnsForm()->isVisible());
        QTest::mouseClick(editor.contentBar()->button(QStringLiteral("records")), Qt::LeftButton);
        QVERIFY(editor.columnsForm()->isVisible());
        editor.columnsForm()->setValues({{QStringLiteral("format"), QStringLiteral("prompt")}, {QStringLiteral("prompt"), QStringLiteral("question")}});
        const QJsonObject recipe = editor.recipe();
        QCOMPARE(recipe.value(QLatin1String("content")).toString(), QStringLiteral("records"));
        QCOMPARE(recipe.value(QLatin1String("records")).toObject().value(QLatin1String("columns")).toObject().value(QLatin1String("prompt")).toString(), QStringLiteral("question"));
        const auto checked = corpus::checkRecipe(recipe, *m_plugins);
        QVERIFY2(checked, checked ? "" : qPrintable(checked.error().message));
        for (const plugin::Metadata *cleaner : m_plugins->ofKind(QStringLiteral("cleaner")))
            QVERIFY(!editor.stepSwitch(cleaner->id));  // records are never repaired
        QTest::mouseClick(editor.contentBar()->button(QStringLiteral("text")), Qt::LeftButton);
        QVERIFY(!editor.recipe().contains(QLatin1String("records")));
        QVERIFY(corpus::checkRecipe(editor.recipe(), *m_plugins));
    }

    void theProofOfAnExportIsShownInFigures()
    {
        style::FactList facts;
        QJsonObject parity{{QStringLiteral("maxLogitDifference"), 2e-6}, {QStringLiteral("tolerance"), 1e-4}, {QStringLiteral("greedyTokens"), 64},
                           {QStringLiteral("greedyAgree"), 64}, {QStringLiteral("perplexityInside"), 12.5}, {QStringLiteral("perplexityOutside"), 12.5}, {QStringLiteral("passed"), true}};
        showParity(&facts, {{QStringLiteral("parity"), parity}});
        QVERIFY(facts.value(QStringLiteral("Same text")).contains(QStringLiteral("64 of 64")));
        QVERIFY(facts.value(QStringLiteral("Largest difference of a score")).contains(QStringLiteral("allowed")));
        QVERIFY(parityLine({{QStringLiteral("parity"), parity}}).contains(QStringLiteral("same text")));
        QVERIFY(parityLine({}).isEmpty());
        showParity(&facts, {});
        QVERIFY(facts.value(QStringLiteral("Same text")).isEmpty());
    }
};

QTEST_MAIN(TestModelParts)
#include "test_model_parts.moc"
