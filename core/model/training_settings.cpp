// Role: the declaration itself, as the JSON that a plugin.json would hold, so that one reader serves both.
#include "core/model/training_settings.h"

#include "core/base/format.h"
#include "core/model/dimensions.h"
#include "core/model/walk.h"

#include <QCoreApplication>
#include <QJsonDocument>

namespace athanor::model {

namespace {

constexpr char kBudget[] = R"json([
{"key":"budget_kind","type":"choice","title":"Train for","term":"training budget","default":"time",
 "doc":"What decides when training ends. Time suits a first run; tokens or steps make runs comparable.",
 "choices":[
  {"value":"time","title":"a time","doc":"Minutes on this machine. The speed is measured first and turned into a fixed number of steps."},
  {"value":"passes","title":"passes over the text","doc":"How often every document is seen (epochs)."},
  {"value":"tokens","title":"a number of tokens","doc":"Tokens seen in all; about 20 per parameter is balanced (Hoffmann et al. 2022)."},
  {"value":"steps","title":"a number of steps","doc":"Updates of the weights."}]},
{"key":"budget","type":"real","title":"How much","term":"budget","default":10,"min":0.001,"max":1e15,
 "doc":"In minutes, passes, tokens or steps, as chosen above."},
{"key":"batch","type":"int","title":"Sequences at once","term":"micro-batch size","default":8,"min":1,"max":4096,
 "unit":"sequences","doc":"Sequences in one forward and backward pass. More is faster up to a point and needs more memory."},
{"key":"learning_rate","type":"real","title":"Learning rate","term":"peak learning rate","default":0.002,"min":0,"max":1e30,
 "doc":"Size of the updates at their peak. 0.002 suits models of some million parameters; larger models want less (0.0003 at a billion)."},
{"key":"precision","type":"choice","title":"Precision","term":"dtype","default":"auto",
 "doc":"Number format of the computation.",
 "choices":[
  {"value":"auto","title":"whichever is faster here","doc":"A short measurement decides."},
  {"value":"bf16","title":"bf16","doc":"16-bit weights with 32-bit masters: half the memory traffic, fast where the processor has it."},
  {"value":"f16","title":"f16","doc":"Another 16-bit format with 32-bit masters and a scaled loss, for graphics cards that lack bf16. Not on the processor."},
  {"value":"f32","title":"f32","doc":"32 bits throughout: exact, and fast everywhere."}]}
])json";

constexpr char kOptimization[] = R"json([
{"key":"sequence","type":"int","title":"Length of a sequence","term":"training sequence length","default":0,"min":0,"max":1048576,"unit":"tokens","advanced":true,"section":"What it reads",
 "doc":"Tokens read at once while training, the model's context at most; 0 takes all of it. A shorter one suits a model with a long context: less memory, faster steps."},
{"key":"accumulation","type":"int","title":"Passes per update","term":"gradient accumulation","default":1,"min":1,"max":65536,"unit":"passes","advanced":true,"section":"How it learns",
 "doc":"Forward and backward passes whose gradients are averaged into one update: a larger batch without more memory."},
{"key":"schedule","type":"choice","methods":"schedule","title":"Course of the learning rate","term":"learning-rate schedule","default":"schedule.cosine","advanced":true,"section":"How it learns",
 "doc":"How the learning rate falls after the warm-up."},
{"key":"optimizer","type":"choice","methods":"optimizer","title":"Update rule","term":"optimizer","default":"optimizer.adamw","advanced":true,"section":"How it learns",
 "doc":"How gradients become updates."},
{"key":"groups","type":"text","title":"Otherwise for some weights","term":"parameter groups","default":"","advanced":true,"section":"How it learns",
 "doc":"Patterns of weights' names, with factors on the learning rate and the pull towards zero: “tok: lr 0.5, decay 0; *.norm*: lr 2”. The first pattern that fits counts; * and ? stand for any letters."},
{"key":"layer_lr_decay","type":"real","title":"Slower towards the input","term":"layer-wise learning-rate decay","default":1,"min":0.1,"max":1,"advanced":true,"section":"How it learns",
 "doc":"Each block learns at this times the rate of the one above it: what a trained model knows of language stays (Howard and Ruder 2018; Clark et al. 2020). 1 switches it off; 0.8 to 0.95 suits encoders that are taught labels."},
{"key":"clip_norm","type":"real","title":"Largest gradient","term":"gradient clipping norm","default":1.0,"min":0,"max":1e30,"advanced":true,"section":"How it learns",
 "doc":"A gradient whose norm is larger is scaled down to this; 0 switches it off."},
{"key":"dropout","type":"real","title":"Dropout","term":"dropout probability","default":0,"min":0,"max":0.9,"advanced":true,"section":"Against learning by heart",
 "doc":"Share of activations set to zero while training; helps only when the same text is seen many times (Srivastava et al. 2014)."}
])json";

// Small first, then large.
constexpr char kWidth[] = R"json([
{"key":"base_width","type":"int","title":"Learning rate found at width","term":"maximal-update parametrisation (μP), base width","default":0,"min":0,"max":65536,"unit":"channels","advanced":true,"section":"How it learns",
 "doc":"Width of the small model whose learning rate this one takes over: steps and first weights are scaled so that it holds here too (Yang et al. 2022). Wider models should have more heads of the same size. 0 scales nothing."}
])json";

constexpr char kRunning[] = R"json([
{"key":"device","type":"choice","title":"Runs on","term":"device","default":"cpu","advanced":true,"section":"Machine and memory",
 "doc":"What computes.","choices":[
  {"value":"cpu","title":"Processor","doc":"All cores of this computer."},
  {"value":"cuda","title":"Graphics card","doc":"An NVIDIA card, through CUDA. Needs a build with CUDA (“With a GPU” in the user guide)."}]},
{"key":"threads","type":"int","title":"Threads","term":"compute threads","default":0,"min":0,"max":1024,"unit":"threads","advanced":true,"section":"Machine and memory",
 "doc":"Processor cores to use; 0 takes all that this program may use."},
{"key":"seed","type":"int","title":"Random seed","term":"seed","default":1,"min":0,"max":9007199254740991,"advanced":true,"section":"Machine and memory",
 "doc":"Start of all random choices. The same seed, data and settings on the same machine give the same weights, bit for bit."},
{"key":"validation_every","type":"int","title":"Test on held-out text every","term":"validation interval","default":0,"min":0,"max":1000000000,"unit":"steps","advanced":true,"section":"What is measured and shown",
 "doc":"Steps between measurements on the validation part; 0 chooses about twenty over the run."},
{"key":"checkpoint_every","type":"int","title":"Save every","term":"checkpoint interval","default":0,"min":0,"max":8640000,"unit":"s","advanced":true,"section":"Checkpoints and trouble",
 "doc":"Seconds between checkpoints; 0 chooses from how long the run takes and how large a checkpoint is."},
{"key":"keep_checkpoints","type":"int","title":"Checkpoints kept","term":"retention","default":3,"min":1,"max":10000,"unit":"checkpoints","advanced":true,"section":"Checkpoints and trouble",
 "doc":"The newest so many stay on disk; the best one always stays."},
{"key":"patience","type":"int","title":"Stop when nothing improves","term":"early-stopping patience","default":0,"min":0,"max":10000,"unit":"measurements","advanced":true,"section":"What is measured and shown",
 "doc":"Ends the run after this many measurements on held-out text without a new best; 0 never ends it early."},
{"key":"sample_prompt","type":"text","title":"Sample begins with","term":"sample prompt","default":"","advanced":true,"section":"What is measured and shown",
 "doc":"Text that the model continues now and then during training, so that you can watch it learn; empty takes the beginning of a held-out document."},
{"key":"sample_tokens","type":"int","title":"Length of a sample","term":"sample tokens","default":64,"min":0,"max":4096,"unit":"tokens","advanced":true,"section":"What is measured and shown",
 "doc":"Tokens written in each sample; 0 writes none."}
])json";

// What is read when.
constexpr char kReading[] = R"json([
{"key":"mixture","type":"text","title":"Sources","term":"data mixture","default":"","advanced":true,"section":"What it reads",
 "doc":"How often each source is read beside the others: “docs=2, code=0.5” reads every token of docs twice as often as those of other sources, and those of code half as often; 0 leaves a source out. Of examples whole ones are read. Weights may change on the way: “docs=1; 90%: docs=8” (OLMo 2 and MiniCPM end on their best data). Empty: as they are."},
{"key":"mixture_change","type":"choice","title":"Weights change","term":"data curriculum","default":"step","advanced":true,"section":"What it reads",
 "doc":"How the sources go from one part of the run to the next.",
 "choices":[
  {"value":"step","title":"at once","doc":"At the given share of the run."},
  {"value":"gradual","title":"gradually","doc":"Evenly from one part's weights to the next one's, which hold from the given share on."}]},
{"key":"sequence_warmup","type":"real","title":"Short sequences first","term":"sequence-length warm-up","default":0,"min":0,"max":1,"advanced":true,"section":"What it reads",
 "doc":"Share of the run in which sequences are shorter: calmer and faster in the beginning, with the same tokens in each update (after Li et al. 2022). 0: none."},
{"key":"sequence_warmup_from","type":"int","title":"Shortest sequences","term":"first sequence length","default":64,"min":8,"max":1048576,"unit":"tokens","advanced":true,"section":"What it reads",
 "doc":"Where sequences are short first, they begin with about so many tokens and double."}
])json";

// Never lose a run: what is kept, and what is done when numbers go wrong.
constexpr char kSafety[] = R"json([
{"key":"on_spike","type":"choice","title":"When the loss jumps or is no number","term":"loss-spike handling","default":"go_back","advanced":true,"section":"Checkpoints and trouble",
 "doc":"What is done when the loss or the gradient of an update is not a finite number, or far above what was usual. It is seen before the weights change.",
 "choices":[
  {"value":"go_back","title":"leave those documents out","doc":"The batch is left out and named. When that does not help, the run goes back to a checkpoint older than the trouble and leaves out what it read since (Chowdhery et al. 2022)."},
  {"value":"tell","title":"only say so","doc":"A jump is written into the log and learned from. A loss that is no number still ends the run."},
  {"value":"end","title":"end the run","doc":"The run ends; the last good checkpoint is kept."}]},
{"key":"spike_threshold","type":"real","title":"What counts as a jump","term":"spike threshold","default":20,"min":3,"max":1000000,"unit":"times the usual spread","advanced":true,"section":"Checkpoints and trouble",
 "doc":"How far above the median of the last 128 updates a loss must lie, in units of their usual spread (of a twentieth of a nat at least). 20 is extreme: ordinary runs never reach it. The gradient jumps at ten times this many times its median."},
{"key":"spike_retries","type":"int","title":"Attempts to get past it","term":"spike retries","default":3,"min":0,"max":1000,"unit":"attempts","advanced":true,"section":"Checkpoints and trouble",
 "doc":"So often within a thousand steps documents are left out before the run ends as diverged; 0 ends it at the first time."},
{"key":"keep_every","type":"int","title":"Keep for good every","term":"permanent checkpoint interval","default":0,"min":0,"max":1000000000000,"unit":"steps","advanced":true,"section":"Checkpoints and trouble",
 "doc":"A checkpoint is written at each multiple of so many steps and never removed, beside the newest and the best; 0 keeps none for good."}
])json";

// Memory against time.
constexpr char kMemory[] = R"json([
{"key":"activation_checkpointing","type":"choice","title":"Compute twice to save memory","term":"activation (gradient) checkpointing","default":"auto","advanced":true,"section":"Machine and memory",
 "doc":"Layers keep only what goes into them and run again for their gradients: the same numbers with much less memory, for up to a third more time (Chen et al. 2016).",
 "choices":[
  {"value":"auto","title":"as much as needed","doc":"As many layers as it takes to fit this machine's free memory; none where the run fits. Settled before the first step."},
  {"value":"off","title":"never","doc":"All layers keep what they computed."},
  {"value":"on","title":"all layers","doc":"Every layer runs twice: the least memory."}]},
{"key":"document_attention","type":"bool","title":"Each document by itself","term":"document masking, block-diagonal attention","default":false,"advanced":true,"section":"What it reads",
 "doc":"Plain text fills every row without a gap, so that a row often holds the end of one document and the beginning of another. On: no token sees those of another document, and positions begin anew with each; faster with short documents. Only for models that predict the next token. Records never see each other."}
])json";

// What keeps a model from learning by heart, and its weights within bounds.
constexpr char kRegularisation[] = R"json([
{"key":"initializer","type":"choice","methods":"initializer","title":"First weights","term":"initialisation","default":"layers","advanced":true,"section":"How it learns",
 "doc":"What the matrices of a new model are filled with before it learns. Without meaning for a model that was trained before.",
 "choices":[
  {"value":"layers","title":"as each layer has it","doc":"Normal numbers with the architecture's spread, smaller where a residual branch ends (Radford et al. 2019)."}]},
{"key":"stochastic_depth","type":"real","title":"Skipped layers","term":"stochastic depth (drop path)","default":0,"min":0,"max":0.9,"advanced":true,"section":"Against learning by heart",
 "doc":"Chance that a text passes by the last layer's part while training; earlier layers are skipped less (Huang et al. 2016). Helps deep models that see the same text many times."},
{"key":"label_smoothing","type":"real","title":"Doubt in the answer","term":"label smoothing","default":0,"min":0,"max":0.9,"advanced":true,"section":"Against learning by heart",
 "doc":"Share of the wanted answer that is spread over all others, so that the model never becomes quite certain (Szegedy et al. 2016); 0.1 is usual for translation and for labels. The figures shown are without it."},
{"key":"z_loss","type":"real","title":"Keeps scores near zero","term":"z-loss weight","default":0,"min":0,"max":1,"advanced":true,"section":"How it learns",
 "doc":"Weight of the squared logarithm of the sum of all scores, which keeps them from drifting in long runs and in bf16; 0.0001 is usual (Chowdhery et al. 2022). The figures shown are without it."},
{"key":"l2","type":"real","title":"Price of large weights","term":"L2 penalty (coupled)","default":0,"min":0,"max":10,"advanced":true,"section":"Against learning by heart",
 "doc":"Half of this times the sum of squares of all matrices is part of what is minimised, and of the gradient before it is clipped. AdamW's own pull towards zero does not depend on the gradient, and is the better choice there (Loshchilov and Hutter 2019)."},
{"key":"l1","type":"real","title":"Price of any weight","term":"L1 penalty","default":0,"min":0,"max":10,"advanced":true,"section":"Against learning by heart",
 "doc":"This times the sum of sizes of all matrices is part of what is minimised: weights that do little go to zero (Tibshirani 1996)."},
{"key":"averaging","type":"choice","title":"Mean of the weights","term":"weight averaging","default":"none","advanced":true,"section":"Against learning by heart",
 "doc":"Keeps a mean over the steps beside the weights, which often does better on unseen text. Held-out text is measured with both; a checkpoint holds those that did better, and going on continues from the weights themselves. Costs 4 bytes a parameter.",
 "choices":[
  {"value":"none","title":"none","doc":"The weights of a step are those of its checkpoint."},
  {"value":"ema","title":"of the last steps, fading","doc":"Exponential moving average with a memory that grows at the beginning (Polyak and Juditsky 1992; Tarvainen and Valpola 2017)."},
  {"value":"tail","title":"of the end of the run","doc":"The even mean of every step in the last part (stochastic weight averaging, Izmailov et al. 2018); suits a constant learning rate."}]},
{"key":"averaging_decay","type":"real","title":"Memory of the mean","term":"EMA decay","default":0.999,"min":0,"max":0.999999,"advanced":true,"section":"Against learning by heart",
 "doc":"For a fading mean: share kept at each step; 0.999 looks back about 1,000 steps."},
{"key":"averaging_tail","type":"real","title":"Part of the run in the mean","term":"share of steps averaged","default":0.25,"min":0.001,"max":1,"advanced":true,"section":"Against learning by heart",
 "doc":"For the mean of the end: the last so much of the steps; 0.25 is the last quarter."},
{"key":"focal_gamma","type":"real","title":"Labels known already count less","term":"focal loss gamma","default":0,"min":0,"max":10,"advanced":true,"section":"Against learning by heart",
 "doc":"For sorting texts by labels: records that the model gets right with certainty teach less, so that hard ones are heard; 2 is usual (Lin et al. 2017). 0 is plain cross-entropy."},
{"key":"balance_labels","type":"bool","title":"Rare labels count more","term":"class weights, balanced","default":false,"advanced":true,"section":"Against learning by heart",
 "doc":"For sorting texts by labels: every label counts alike as a whole, however many records it has (King and Zeng 2001)."}
])json";

// What is looked at while a run goes on.
constexpr char kInsight[] = R"json([
{"key":"insight_every","type":"int","title":"Look inside every","term":"insight interval","default":20,"min":0,"max":1000000000,"unit":"steps","advanced":true,"section":"What is measured and shown",
 "doc":"Steps between looks at each layer's gradient, update, activations and attention, and at the loss of each token of a sample text; more seldom where looking would take more than 1.5 % of the time. 0 never looks. The weights are the same either way."},
{"key":"tensorboard","type":"bool","title":"Also for TensorBoard","term":"event files","default":true,"advanced":true,"section":"What is measured and shown",
 "doc":"Writes the run's figures and samples also as event files, into the folder tensorboard of the run."}
])json";

constexpr qint64 kTaughtSequence = 512;

QString tr(const char *text) { return QCoreApplication::translate("athanor", text); }

QJsonArray declaration()
{
    QJsonArray all;
    for (const char *part : {kBudget, kOptimization, kWidth, kReading, kRegularisation, kMemory, kSafety, kInsight, kRunning})
        for (const QJsonValue &value : QJsonDocument::fromJson(QByteArray(part)).array())
            all.append(value);
    return all;
}

}  // namespace

plugin::MethodSettings trainingSettings(const plugin::Catalogue &plugins)
{
    static const QJsonArray declared = declaration();
    auto settings = plugin::MethodSettings::create(declared, plugins);
    if (!settings)
        qFatal("The declaration of the training settings contradicts itself: %s", qUtf8Printable(settings.error().message));
    return std::move(*settings);
}

Status checkSequence(const QJsonObject &settings, const QJsonObject &architecture)
{
    const qint64 asked = settings.value(QLatin1String("sequence")).toInteger();
    const qint64 context = dimension(architecture, "context");
    if (context < 1 || asked <= context)
        return {};
    return fail(ErrorCode::InvalidInput, tr("“sequence” cannot be %1.").arg(asked),
                tr("It must be at most %1 tokens, the model's context; 0 takes all of it.").arg(formatInteger(context)));
}

qint64 taughtSequence(const QJsonObject &architecture)
{
    return dimension(architecture, "context") > kTaughtSequence ? kTaughtSequence : 0;
}

}  // namespace athanor::model
