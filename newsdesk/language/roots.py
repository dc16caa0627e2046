"""Indonesian roots and exceptions: the knowledge of words behind newsdesk/language/stems.py.

Made for this project: words that stand alone and also carry affixes in everyday news, completed and corrected by hand.
A word belongs here when it must not be taken apart (berhenti is not ber- + henti in search, pengadilan not adil), or
when rules alone would find the wrong root (menari: tari). Names and loans that only look affixed (Persib, dividen)
are here to stay whole.
"""

_ROOTS = """
abad abadi abai abdi absen acara ada adab adalah adaptasi adat adegan adik adil administrasi adopsi adu advokasi
agak agama agenda agung ahli air ajak ajal ajar aju akad akal akar akhir akhlak akibat akomodasi akomodir akrab
akselerasi akses aksi aktif akting aktivis aktivitas aku akuisisi akumulasi alah alam alami alas alasan alat alih
alir alkohol almarhum alokasi alumni alun alur ama amal aman amanat amandemen amati ambang ambil ambisi ambruk
amnesti ampuh ampun amuk anak analis analisis anarkis ancam andai andal andil aneh aneka anemia angan anggap
anggaran anggota angguk anggur angin angka angkat angkut angsur aniaya animasi anjing anjlok anjur antam antar
antara antisipasi antre antusias anugerah anut anyam aparat apartemen apel api apik apresiasi arah arak aral arang
argumen arisan arsip arsitek arti artis arus asah asal asap asas asing asli asosiasi aspal aspirasi asrama astronot
asuh asumsi asuransi atap atas atlet atraksi atribut atur aula aurat autopsi avtur awak awal awam awan awas ayah
ayam ayo azan babi baca badai badan bagaimana bagasi bagi bagus bahagia bahan bahas bahasa bahaya bahu bahwa baik bait
baja bajak baju bak bakal bakar bakat bakti balai balap balas baliho balik balita bandar bandara banderol banding
bangga bangkai bangkit bangkrut bangku bangsa bangsal bangsawan bangun banjir bank bantah bantai bantal banteng
banting bantu banyak bara barak barang barat bareng baring baris barongsai baru basah basis basket basmi batal
batang batas baterai batin batu batuk bau baur bawa bawah bawang bayang bayar bayi beasiswa beban bebas bebek beber
beda bedak begal bekal bekas beku bela belah belakang belanja belas beli beliau belok belum benah benak benar
bencana benci benda bendera bendung bengkak bengkel bengkok bengkulu bening bensin bentang bentrok bentuk benua
berangkat berani berantas berapa beras berat berhenti beri berita berkas berlin bermuda bersih beruang beruntun
besar besi besuk betah betina betul biak biar biasa biaya bibir bibit bicara bidan bidang bidik bijak bijaksana
bijih bilang bilik bimbing bina binaraga binatang bincang bingkai bingung bintang biodata biodiesel biografi
birokrasi bisa bisik bising bisnis blokir blusuk bocah bocor bodoh bohong bolak boleh bolos bom bondong bongkar
bonus bordir borgol borong boros bosan botol bpjs briefing brosur buah buang buat buaya bubar budaya budi bugar
bujuk buka bukan bukit bukti buku bulan bulat bulu bumbu bumi bunda bunga bungkam bungkuk bungkus buntut bunuh bunyi
bupati bursa buru buruh buruk burung busa busana busuk busway buta butir butuh cabai cabang cabul cabut cagar cahaya
cair cakap cakup calon campak campur canda candi candu canggih cantik cantum capai capres cara cari cat catat catur
catut cawapres cedera cegah cegat cek cekik cela celah celaka celana cemar cemas cendekia cenderung cengkeram cepat
cerah cerai cerdas ceria cerita cermat cermin cetak cetus cicil cicipi cinta cipta ciptakarya cium coba cocok colok
contek contoh copot corak coret cuaca cuci cucu cukai cukup cukur culik cuma curah curang curhat curi curiga cuti
daftar dagang daging dahsyat dahulu dakwa dalam dalang dalih damai damba dampak damping dana dapat dapur darah darat
darurat dasar data datang datar daulat daur dawai daya dayung debat debit debu debut dedikasi definisi dekat
deklarasi delapan delegasi delik demam demi demikian demo demokrasi demonstrasi denda dendam dengar depan deportasi
derajat deret derita dermaga desa desain desak desentralisasi deskripsi detail deteksi detik dewa dewan dewasa dewi
diabetes diagnosis dialek dialog diam diaspora didik diet digital dikte dimensi dinamis dinas dinasti dingin dini
dinosaurus diplomasi diplomat direksi direktur diri dirigen disabilitas disinformasi disiplin diskon diskriminasi
diskusi disrupsi distribusi distrik diva dividen divisi doa dokter dokumen dokumentasi dominasi domisili dompet
donasi donatur dongeng dongkrak donor dorong dosa dosen drama dramatis drone dua duduk duga duka dukuh dukun dukung
dunia durasi durhaka durian dusun duta ebola edar edit edukasi efek efektif efisien ego egois ekonom ekonomi ekor
eksekusi eksekutif ekshumasi eksis eksodus eksotis ekspansi eksploitasi eksplorasi eksponen ekspor ekspres ekspresi
ekstradisi ekstrem elang elektronik eliminasi elit emas emban embargo embun emisi emosi empat empati enak enam endap
energi enggan erat esai esensi eskalasi esok estetika etik etika etnis evakuasi evaluasi evolusi fakta faktor
fakultas fana fantasi fasih fasilitas festival fiktif film finalisasi finansial firma fisik fiskal fitnah fitur
fokus fondasi formal format formula fortifikasi forum fosil foto fragmen fraksi frekuensi fungsi futsal gabah gabung
gadai gadang gadis gaduh gaet gagah gagal gagas gaib gajah gaji gala galakkan galang galeri gali gambar gambut
gamelan ganas ganda gandeng gandum ganggu ganja ganjar ganjil ganti gantung garam garap garasi garis garuda gas gaul
gaun gawai gaya gedung gegar geger gejolak gelagat gelap gelar geledah geliat gelombang gemas gembala gembira
gembong gempa gempur genap gencar gencat generasi gengsi genre gerah gerai gerak gerebek gereja gerhana gerik
gerobak geser gesit giat gigi gigit gila gizi global goda gol golok golong gondol gotong goyah goyang gratis grup
gua gubernur gudang gugat gugur gugus gula gulat guling guna guncang gunting gunung guru gusur guyon guyur habis
hadang hadap hadiah hadir hafal hajar haji hak hakim haluan halus hama hamba hamil hampa hampir hancur handal hangat
hangus hantam hantu hapal hapus haram harap harfiah harga hari harmoni harmonis haru harus hasil hasrat hasut hati
haus hayat hayati hebat heboh hektar hektare helai helat helikopter hemat hendak hening hentak henti heran hewan
hias hibah hibur hidang hidrasi hidup hijab hijau hijrah hikmah hilang hilir hilirisasi himbau himpun hina hindar
hingga hipotek hirup hisap hitam hitung honorer hormat horor hotel hubung hujan hujat hukum huni huruf hutan hutang
iba ibadah ibu idap ide ideal identifikasi identitas ideologi idola ijazah ikan ikat ikhlas ikhtiar ikhtisar iklan
iklim ikon ikrar iktikad ikut ilmiah ilmu ilustrasi imajinasi imam iman imbal imbang imbas imbau imigran imigrasi
implementasi impor imun imunisasi inap incar inci indah indeks indikasi induk industri infeksi inflasi informasi
ingat inggris ingin inisial inisiasi inovasi input insentif insiden insinyur inspeksi inspektur inspirasi instansi
institusi instruksi intai intan integrasi integritas intelijen intens interaksi internet interogasi inti intimidasi
intip investasi investigasi investor iring iris irit iritasi isap isi islam isolasi istana isteri istilah istimewa
istirahat istri isu isyarat iuran izin jabat jadi jadul jadwal jaga jagal jagung jahat jahit jajah jajak jajar jaksa
jalan jalin jalur jam jambret jamin jamu jamur janda jangan janggal jangka jangkau janji jantung jarah jarak jari
jaring jaringan jasa jasad jasmani jatah jati jatuh jauh jawa jawab jaya jebak jebol jeda jejak jelajah jelang jelas
jelek jemaah jembatan jemput jemur jenazah jenderal jengkel jenguk jenis jenuh jepit jerat jernih jeruk jilbab jinak
jiwa jodoh joget jongkok jorok jual juang juara jubir judi judul jujur jumat jumlah jumpa jurang jurnal jurnalis
juru jurus juta kabar kabinet kabul kabupaten kabur kabut kaca kadang kadar kaget kagum kaisar kait kaji kakak kakek
kaki kaku kala kalah kalender kali kalimantan kalung kamar kambing kambuh kamera kamis kampanye kampung kampus kanal
kanan kandas kandung kanker kanselir kantin kantong kantor kantuk kapal kapasitas kapok kapsul kapten kapur karakter
karam karang karantina karat karavan karbohidrat karbon karcis karena karier karnaval karpet kartu karunia karya
karyawan kas kasar kasih kasir kasta kasur kasus kata katalog kategori kausa kawal kawan kawasan kawat kawin kaya
kayuh kebal kebaya kebumen kebun kebut kecam kecamatan kecambah kecewa kecil kecipratan kecoh kecuali kediri kedok
kejam kejar kejora kejut kelabu kelak kelapa kelar kelas keliling kelir keliru kelola kelompok keluar keluarga keluh
kelurahan kemari kemas kembali kembang kembar kemeja kemelut kemudi kemudian kena kenal kenang kencan kencang kendal
kendala kendali kendara kendaraan kendari kental kepada kepala keping kepri kepung kerabat kerah keramat keramik
keras kereta kering keriput keris kerja keroncong kertas keruh keruk kesan kesinambungan kesuma ketam ketapang ketat
ketawa ketik ketika ketua khas khatib khawatir khusus khusyuk kiai kiamat kian kibar kiblat kilang kilat kilo kimia
kinerja kini kios kipas kiper kira kiri kirim kisah klaim klarifikasi klasik klaster klik klimaks klinik kloter klub
koalisi kobar kode koki kolaborasi kolam kolektor kolom komandan komando kombinasi komedi komentar komisaris komisi
komite komitmen komoditas kompak kompas kompeten kompetisi komplek kompleks komunikasi komunitas kondisi koneksi
konferensi konfirmasi konflik konglomerat kongres konsensus konsep konser konservasi konsolidasi konstitusi
konstruksi konsultan konsultasi konsumen konsumsi kontak konteks konten kontes kontrak kontribusi kontrol konvensi
konversi konvoi koordinasi koper koperasi kopi kopral koran korban koreksi korupsi koruptor kosong kostum kota kotak
kotor kraton kreasi kredit krisis kristal kriteria kritik kritis kronologi kuah kualitas kuas kuasa kuat kubah kubur
kucur kuda kudeta kukuh kuliah kuliner kulit kuman kumpul kumuh kunci kuning kunjung kuno kuorum kuota kupas kuping
kurang kurir kurma kurs kursi kurun kurus kusir kustomisasi kutip kutuk labil lacak ladang laga lagak lagenda lagi
lagu lahan lahir lain laju lajur laki laksana laku lalai lalu lama lamar lambai lambang lambat lambung lamp lampau
lampu lamun lancang lancar landa landai landas langgan langgar langit langka langkah langsung lanjut lansia lansir
lantai lantik lanud lapak lapang lapangan lapar lapas lapis lapor larang lari laris larut lasak laskar latar latih
laut lawak lawan lawat layak layan layang layar layat lebah lebar lebaran lebih lecehkan ledak ledek legal
legalisasi legalitas legenda legislasi legislatif legiun lekas lekat lelah lelaki lelang leluhur lemah lemak lembaga
lembah lembap lembar lembut lengah lengan lengkap lenyap lepas lereng lesat lestari lesu letak letih letnan letus
lewat lezat liar libas libat libur licin lidah lihai lihat lilin lilit lima limbah limpah lindung lingkar lingkung
lingkungan lingkup linglung lintah lintas lipat liputan lirik lisan lisensi listrik liter literasi lobi logam
logistik logo loh lokakarya lokal lokalisasi lokasi lolos lomba lompat loncat lonjak lontar lorong luang luar luas
lubang ludah ludes lugas luhur luka lukis lulus lumat lumba lumpuh lumpur lunas luncur luntur lupa lurah luruh lurus
lusa luwes mabuk macam macet madrasah madu mafia magang magnet magnitudo mahal mahar mahasiswa mahir mahkamah
mahkota main majalah majelis majikan maju maka makam makan makin makmur makna maksimal maksud malaikat malam malas
malu mampir mampu manado manalu mandat mandek mandi mandiri manfaat mangga mangkir manipulasi manis mantan mantap
manusia manuver marah marak marga marinir markas martabat masa masak masalah masif masih masjid maskapai massa masuk
masyarakat mata matahari matang matematika mati mau mauludan mawar mayat mayor medali medan media meditasi megah
meja mekah mekanik melarat melati melayu melek melodi memori menado menang menantu menara mendadak mendiang mendung
mengerti menit mental mentawai menteri mentor mepet merah merana merapi merata merauke mercusuar merdeka merek
meriah meriam merosot merpati mesin mesir mesjid meski mesra mesti mesum meter metode metropolitan mewah migran
migrasi milik militer mimpi minat minggir minggu minim minimal minoritas minta minum minus minyak miring mirip misal
misi misil miskin misteri mitigasi mitos mitra mobil mobilisasi modal mode model moderasi moderat modernisasi
modifikasi modul modus mogok mohon momen momentum monopoli montir moral mosi motif motivasi motor muak muara muat
muda mudah mudarat mudik mufakat muhammad muka mukim mula mulai mulia muncul mundur mungil mungkin muntah murah
muram muri murid murka murni museum musibah musik musim muslim musnah musuh musyawarah mutakhir mutasi mutiara
mutilasi mutlak mutu naas nabi nada nahkoda naik nalar naluri nama nanas nanti napas narapidana narasi narkoba
narkotika nasabah nasehat nasi nasib nasihat nasional naskah naung navigasi negara negatif negeri negosiasi nekat
nelayan nenek neraca neraka netizen netral ngaji niaga niat nihil nikah nikmat nila nilai niscaya nista nobel noda
nomaden nominasi nomor norma normal normalisasi nostalgia novel novum nuansa nuklir nutrisi nyala nyaman nyamuk
nyanyi nyaris nyata nyawa nyeri obat objek objektif obral oknum oksigen olah olahraga oleh olimpiade olok ombak
ombudsman omel omong omzet ongkos opera operasi operasional operator opini opsi optimal optimis orang orasi orbit
orde organ organik organisasi orientasi ormas otak otomatis otomatisasi otopsi otoritas otot outlet oven pabrik
pacar paceklik pacu pada padam padang padat padu pagar pagelaran pagi paguyuban pahala paham pahat pahit pahlawan
pajak pak pakai pakar paket paksa pakta palang palestina paling palsu palu pamer pamflet pamit pamong pamungkas
panah panas pancasila pancing pandai pandang pandemi pandu panen pangan pangeran panggil panggul panggung pangkal
pangkas pangkat panglima pangsa panik panitia panjang panjat panser pantai pantas pantau panti pantul papan papar
paparazi papua para parade parah parkir parlemen parodi partai partisipasi paruh pasal pasang pasar pascabencana
pasien pasif pasir paskibraka pasok pasti pasukan patah patok patriot patroli patuh patung patut payah payung pecah
pecat pecut pedas pedih pedoman peduli pegadaian pegang pegawai pejabat pejam peka pekalongan pekan pekanbaru
pekerja pekik pelabuhan pelajar pelan pelangi pelat peleceh peliharaan pelopor peluang peluit peluk peluru pemalang
pemda pemerintah pemuda pena penalti penang penasaran pencar pendam pendapat pendek penduduk pengacara pengadilan
pengalaman pengangguran pengantin pengaruh penjara pensiun pentas penting pentol penuh penumpang penyakit pepaya
perak peran perancis perang perangai perangkap perangkat perangko perantara percaya percik perdana perdata
peremajaan perempuan peres pergi perhatian peri perih periksa perilaku peringkat perintah periode perisai peristiwa
perkara perkosa perlu permadani permai permaisuri permanen permata permen permisi pernah peroleh perpres persebaya
pers persen persib persija persis personel perspektif pertalite pertama pertamax pertamina pertiwi perunggu perusahaan
perwira pesan pesanggrahan pesantren pesat pesawat pesero peserta pesisir pesohor pesona pesta pesut peta petaka
petang peti petinggi petir petronas petualang piala piatu picu pidana pidato pihak pikat piket pikir pikul pilar
pilih pilkada pilot pilu pimpin pinalti pinang pindah pindang pinggir pinjam pintar pintu pipa pisah pisau pita
plaza pohon pokok pola polda polemik polisi politik polres polsek polusi pompa pondok ponsel populasi populer porak
porsi portal pos pose posisi positif posting potensi potong potret prakarsa prakira praktik praktis pramuka prancis
praperadilan prediksi preman presentasi presiden prestasi pria pribadi prihatin prima prinsip prioritas produk
produksi produktif produser profesi profesional profil program proklamasi promosi properti proporsi prosedur proses
prospek protes protokol provinsi provokasi proxy proyek proyeksi psikologi puas publik publikasi pudar puing
pujangga puji pukul pula pulang pulau pulih pulsa puluh punah puncak pundak pungkas pungut punya pupuk pura puri
purnawirawan pusar pusat pusing putar putera putih putra putri putus puyuh rabies rabu racun radang radar radiasi
radikal ragam ragu rahasia rahim raih raja rajin rajut raket rakit rakus rakyat ralat ramadan ramah ramai ramal
rambah rambat rambu rambut rampas ramping rampok rampung rancang rancu rancuh rangka rangkap rangkul rangkum
rangsang ranjang ranking rantai rantau ranting rapat rapel raport rapuh rasa rasio rata ratap ratifikasi ratu ratus
raup rawa rawan rawat raya rayu razia reaktor realisasi realistis rebah rebut reda redam redup referendum refleksi
reformasi regang regenerasi registrasi regu regulasi rehabilitasi rekam rekan rekat rekayasa rekening reklame
rekomendasi rekonstruksi rekrut rektor rektorat rela relasi relawan religi remaja remas remisi rempah remuk renang
rencana rendah rendang renggut renovasi rentan rente renung representasi resah resap resep resepsi reses residu
resiko resmi resort respon respons restoran restu retak retas retorika retribusi reuni review revisi revitalisasi
revolusi rezeki rezim ria ribu ribut rilis rinci rindu ringan ringkas ringkik ringkus rintang rintis risau riset
risih risiko ritual riuh robek roboh roda roket rokok romantis rombak rombong rompi rona rontok royal royalti ruang
rudal rugi rujak rujuk rumah rumit rumor rumpun rumput rumus runcing runding runtuh rupa rupiah rusak rusuh rute
saat sabar sabet sabotase sabtu sabu sadap sadar sah sahabat saham sahut saing sajak saji sakit sakral saksi sakti
saling
saku salah salami salat saldo salib salin salju salur sama samar sambal sambar sambil sambung sambut sampah sampai
sampel samping sampul samsat sana sandal sandang sandar sandera sandi sanding sandung sangat sanggah sanggup sangka
sangkal sanksi santai santap santri santun sapa sapi sapu saran sarana sarang sarap sarapan sarat sarjana sarung
sasar sastra satelit satgas satir satpam satu satwa saudagar saudara saus sawah sawit sayang sayap sayur sebab sebar
sebelah sebelas seberang sebut sedekah sederhana sedia sedih sedot segar segel segera segi segitiga sehat sejahtera
sejarah sejuk sekali sekaligus sekap sekarang sekarat sekat sekda sekitar sekolah sekretariat sekretaris seks sekte
sektor sekutu sela selada selalu selam selamat selancar selandia selasa selatan selebgram selebritas selebriti
seleksi selendang selenggara selesai seleweng selidik selimuti selingkuh selip selisih selokan selubung seluler
selundup seluruh semai semangat semangka semarak semarang semayam sembah sembako sembari sembelih sembilan sembuh
sembunyi sembur semen semeru semesta semester semifinal seminar semir sempat semprot sempurna semu semua senang
senantiasa senapan senat senator sendat sendiri sendok sengaja senggang senggol sengkang sengketa seni seniman senin
senjata sensasi sensor sensus sentil sentimen sentra sentral sentuh sentul senyawa senyum seoul sepak sepakat
sepakbola sepatu sepeda sepele seperti sepi sepuluh seragam serah seram serang serangga seranta serap seratus serbu
serbuk serentak seret sergap seri seribu serikat sering serius sero serobot serpih serta sertifikasi sertifikat seru
seruduk sesak sesal sesat sesko sesuai setan setara setengah setia setiabudi setir setneg setor setrika setuju sewa
sewenang shalat sholat siaga siang siap siapa siar siasat sibuk sidang sidik sifat signifikan sihir sikap sikat
siksa sikut sila silang silat silaturahmi simak simbol simpan simpang simpati simposium simpul simulasi sinar
sindikat sindir sinergi sinetron singa singgah singgung singkat singkir singsing sini sinkron sintetis sinyal sipil
siram sirene sirkuit sisa sisip sisir siswa sita situasi situs skala skandal skema skenario skor skrining skripsi
skuad soal sogok sokong solat solidaritas solusi sopan sopir sorot sosial sosialisasi sosok spanduk spekulasi
spesial spesies spesifik spirit sponsor stabil stadion staf stagnan stamina standar start stasiun status stok
strategi strategis stres struktur studi studio stunting suaka suami suap suara suasana suatu subjek subsidi subuh
subur sudah sudut suguh suka sukses suku sulap sulit sulut sumatera sumbang sumbat sumber sumpah sumur sunat sunda
sungai sungguh sunnah suntik sunting superior supir suplai suporter surai suram surat surga surplus suruh surut
survei surya susah susu susul susun susup susut sutra sutradara swasembada swasta syahid syahwat syair syarat syiar
syirik syok syukur syuting taat tabah tabel tabiat tabrak tabu tabuh tabung tabur tadi tagih tahan tahap tahta tahu
tahun tajam tajuk takbir takdir takhta takjub taklimat takluk taktik takut talenta taman tamat tambah tambal tambang
tambat tampak tampan tampar tampil tampung tamu tanah tanam tanda tandan tandas tandatangan tanding tandu tandus
tangan tangga tanggal tanggap tangguh tanggul tanggung tangis tangkal tangkap tangkas tani tanjak tanjung tanker
tanpa tantang tanya tapak tapera taraf tarawih target tari tarif tarik taruh taruna tarung tata tatap taubat
tauladan tawa tawan tawar tayang tebak tebal tebang tebar teduh tega tegak tegang tegas tegur tekad tekan teken
teknik teknis teknologi teks tekuk teladan telaga telah telak telan telanjang telegram telepon televisi telit teliti
telunjuk telur telusuri tema teman temaram tembaga tembak tembang tembok tembus tempat tempel tempo tempuh tempur
temu tenaga tenagakerja tenang tenda tendang tengah tenggat tenggelam tengger tengkar tenis tennis tentang tentara
tenteram tentram tentu tenun teori tepat tepi tepis tepuk terampil terang terap terapi terawang terbang terbit
terhadap teriak terima teritori terjal terjang terjemah terjun terka terkam terlibat termasuk terminal ternak
ternate terobos terompet teror teroris terorisme terowong terpal tersangka tersier tertib terus testimoni tetangga
tetap tetapi teten tewas tiap tiba tidak tidur tiga tikam tikar tiket tikung tilang tim timbang timbul timbun timpa
timpang timur tindak tindaklanjuti tinggal tinggi tingkah tingkat tinjau tinju tiongkok tipe tipis tipu tiru titah
titik titip tobat tokenisasi toko tokoh tolak toleransi tolong tong tongkat tonton topan topang topeng topi total
tradisi tradisional tragedi tragis transaksi transfer transformasi transit transkrip transmigrasi transparan
transportasi trauma tren tribun tsunami tua tuai tuan tuang tuding tuduh tugas tugu tuju tujuh tukang tukar tulang
tular tuli tulis tulus tumbal tumbang tumbuh tumbuk tumpah tumpang tumpas tumpu tumpuk tunai tunang tunas tunda
tunduk tunggak tunggal tunggang tunggu tunjang tunjuk tuntas tuntun tuntut tur turap turis turnamen turun turut
tusuk tutup tutur uang uap ubah uban ubi ucap udang udar udara ujar uji ujung ukir ukur ulama ulang ular ulas ulat
ulet ultimatum ulung umat umpama umpan umrah umum umur undang undian unduh unduk unggah unggas unggul ungkap ungsi
unik unit universitas unjuk unsur untai untuk untung upaya update urai urat urus urut usaha usai usang usap usia
usir usul usung usut utama utang utara utuh utus vaksin vaksinasi validasi valuasi vandal variasi vegetarian
verifikasi versi veteran veto video vila viral virus visa visual vital vitamin vokasi volume vonis wabah wacana
wadah wafat wagub wahana wahyu waisak wajah wajar wajib wakaf wakil waktu walau wali walikota wanita wapres warga
waris warkop warna warta warung wasiat wasit waspada wawancara wawas wayang wenang wewenang wibawa wihara wilayah
wira wirausaha wisata wisuda wujud wukuf yakin yakni yatim yayasan yoga yuridis zakat zalim zaman ziarah zina zodiak
zona
"""

ROOTS: frozenset[str] = frozenset(_ROOTS.split())

_IRREGULAR = """
acara: mengacarai; ada: berada keberadaan ketiadaan mengadakan meniadakan pengadaan tiada; adu: aduan mengadu
pengaduan; ajar: belajar dipelajari mempelajari pelajaran pelajari pembelajaran; akhir: mengakhiri; aku: akuan akui
diakui mengaku mengakui pengakuan; alah: mengalah; alami: dialami mengalami; alat: peralatan; anggaran: anggarkan
dianggarkan menganggarkan; anggota: beranggotakan keanggotaan; antar: diantar mengantar mengantarkan pengantar;
antre: antrean mengantre; arah: arahan diarahkan mengarah mengarahkan pengarahan; awal: mengawali; awas: pengawasan;
balap: pebalap pembalap; bangun: terbangun; beda: dibedakan membedakan; belah: belahan; beri: berikan diberi
diberikan memberi memberikan pemberi pemberian; binaraga: binaragawan; diam: kediaman; dini: sedini; dua: berdua
kedua keduanya; dukung: mendukung; duta: kedutaan; ekspor: mengekspor; empat: keempat; enam: keenam; hadap:
berhadapan dihadapi dihadapkan hadapan hadapi menghadap menghadapi; ikat: mengikat; impor: mengimpor; ingat:
mengingat; isi: mengisi pengisi pengisian; jadi: dijadikan kejadian menjadi menjadikan terjadi; jaksa: kejaksaan;
kait: berkaitan dikaitkan kaitan keterkaitan mengaitkan terkait; kaji: dikaji kajian mengkaji pengkajian; karang:
mengarang pengarang; kata: berkata dikatakan katanya mengatakan perkataan; kelola: dikelola mengelola pengelola
pengelolaan; keluar: dikeluarkan keluarkan mengeluarkan pengeluaran; kemas: mengemas; kembali: dikembalikan
kembalikan mengembalikan pengembalian; kena: dikenakan mengenai mengenakan terkena; kenal: memperkenalkan mengenal
pengenalan perkenalkan terkenal; kenang: kenangan; kering: kekeringan; kerja: bekerja pekerjaan; kesan: berkesan
mengesankan terkesan; kibar: berkibar dikibarkan kibarkan mengibarkan pengibar pengibaran; kira: mengira; komentar:
mengomentari; korban: mengorbankan pengorbanan; kunci: mengunci; kupas: mengupas; kutip: dikutip mengutip; lambat:
perlahan; latih: kepelatihan melatih pelatih pelatihan; lima: kelima; menang: kemenangan memenangi memenangkan
pemenang; mengerti: dimengerti pengertian; mukim: bermukim pemukiman permukiman; ngaji: mengaji pengajian; nilai:
bernilai dinilai menilai penilaian senilai; nyanyi: bernyanyi menyanyi nyanyian penyanyi; olah: diolah mengolah
pengolahan; operasi: beroperasi dioperasikan mengoperasikan pengoperasian; orang: perorangan seorang seseorang;
padu: memadukan; pandu: pemandu; pangkas: dipangkas memangkas pemangkasan; pasang: berpasangan pasangan; pemerintah:
pemerintahan; penduduk: berpenduduk kependudukan; pengalaman: berpengalaman; pengangguran: menganggur penganggur;
pengaruh: berpengaruh dipengaruhi memengaruhi mempengaruhi terpengaruh; perempuan: keperempuanan; perhatian:
diperhatikan memperhatikan perhatikan; perkara: memperkarakan; persen: persentase; pesan: dipesan memesan pemesanan
pesanan; peserta: kepesertaan; pesona: memesona mempesona terpesona; rumah: merumahkan perumahan; rupa: berupa
menyerupai merupakan rupanya serupa; satu: bersatu kesatuan mempersatukan persatuan satuan; sebab: disebabkan
menyebabkan penyebab; sebut: menyebut tersebut; selidik: diselidiki menyelidiki penyelidik penyelidikan selidiki;
semua: kesemuanya; sepeda: pesepeda; seragam: diseragamkan penyeragaman; sero: perseroan; sidik: disidik menyidik
penyidik penyidikan; tahu: berpengetahuan diketahui ketahuan ketahui mengetahui pengetahuan; tani: pertanian petani;
tari: menari penari tarian; tekan: tekanan; teliti: diteliti meneliti peneliti penelitian; tempat: menempati;
tenagakerja: ketenagakerjaan; tengah: menengah pertengahan; tenis: petenis; terang: keterangan menerangkan
penerangan; terbang: menerbangkan penerbang penerbangan; terima: diterima menerima penerima penerimaan; tiga:
bertiga ketiga; tindak: bertindak menindak penindakan tindakan; tinju: petinju; tuduh: tuduhan; tugas: bertugas
menugaskan penugasan petugas; tunda: ditunda menunda penundaan; tunjuk: ditunjuk menunjukkan pertunjukan petunjuk;
uang: keuangan; ubah: mengubah pengubah pengubahan; ukur: mengukur pengukuran; usir: mengusir pengusir pengusiran;
urus: diurus kepengurusan mengurus pengurus; wawancara: diwawancarai
mewawancarai
"""
"""Forms whose root no rule finds, as `root: form form; root: …`."""

IRREGULAR: dict[str, str] = {
    form: root.strip()
    for root, _, forms in (group.partition(":") for group in _IRREGULAR.split(";"))
    for form in forms.split()
}
