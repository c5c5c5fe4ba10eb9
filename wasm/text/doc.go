// Package text is the catalogue of everything that the page says, and what puts it into words.
//
// What is said is a value until it is shown. A message is its English sentence, by which the
// catalogue of a language knows it, with what stands in its places:
//
//	text.Say("{1|# photo|# photos} moved into {2}.", n, folder)
//
// {1} is the first argument as it is: a number, a share, a date, another message, or a plain
// string, which is taken for a name that a person gave, and has a direction of its own. {1|…|…} is
// one of the forms, by the number that the first argument is; # stands for the number. English has
// two forms, one and more than one; each language has its own, see [Language].
//
// A message is a Go string that carries sentence and arguments between control characters. So it
// stands wherever a text can: in a state, which can be compared, in an attribute, in an error, in
// what a worker sends, or as an argument of another message; and none of these has to know in which
// language it will be read. Only what draws the page has a [Language], and draws all anew in
// another.
//
// What is not made here is not translated: [Foreign] marks sentences that are English in any
// language, [Name] what a person called something.
//
// # Languages
//
// A language is a file of this folder, CODE.json: how it writes numbers and dates, and a
// translation of each message. The tests of this package say which are missing, which are of no
// use, and which have other places or too few forms. The forms are those of CLDR, in its order
// (zero, one, two, few, many, other), as many of them as the language's rule has.
//
// # Words
//
// One word for one thing, in each language:
//
//	class                 Klasse, classe, clase, فئة, 类别
//	confidence            Sicherheit, certitude, seguridad, درجة ثقة, 置信度
//	confusion matrix      Verwechslungsmatrix, matrice de confusion, matriz de confusión, مصفوفة الالتباس, 混淆矩阵
//	feature vector        Merkmalsvektor, vecteur de caractéristiques, vector de características, متجه السمات, 特征向量
//	filter                Filter, filtre, filtro, مرشّح, 滤波器
//	head                  Kopf, tête, cabezal, رأس, 分类头
//	heat map              Heatmap, carte de chaleur, mapa de calor, خريطة حرارية, 热力图
//	held out              zurückgehalten, mis de côté, reservado, محجوز للاختبار, 留出
//	label                 Beschriftung, étiquette, etiqueta, وسم, 标签
//	layer                 Schicht, couche, capa, طبقة, 层
//	(to) learn            lernen, apprendre, aprender, تعلّم, 学习
//	(to) name             benennen, nommer, nombrar, سمّى, 命名
//	network               Netz, réseau, red, شبكة, 网络
//	photo                 Foto, photo, foto, صورة, 照片
//	project               Projekt, projet, proyecto, مشروع, 项目
//	sidecar               Begleitdatei, fichier annexe, archivo adjunto, ملف مرافق, 附属文件
//	(to) teach            beibringen, enseigner, enseñar, علّم, 教
//	thread                Thread, thread, hilo, مسار, 线程
//	unknown               unbekannt, inconnu, desconocido, غير معروف, 未知
//	unsure                unsicher, incertain, dudoso, غير مؤكد, 不确定
//
// Pupils and teachers read it: German says du and leaves it out where it can, French says vous,
// Spanish tú, Arabic speaks by verbal nouns and plain imperatives, Chinese says 你.
package text
