"""How much a word tells: the rarer it is in news, the more it says about which event an article reports.

The table holds search words (see newsdesk/language/words.py) and -ln of the share of Indonesian news articles in
whose title or lead they stand, rounded to halves; it was counted by bench/frequencies.py. A word that is not listed
is rare.
"""

from __future__ import annotations

from functools import lru_cache

RARE = 8.0
"""The weight of a word that is not listed."""

_TABLE = """
1.0: dan di
1.5: indonesia untuk yang
2.0: 2026 dalam dari dengan ini jadi ke menteri pada
2.5: akan hari jakarta pemerintah prabowo presiden sebut
3.0: 2025 8 ada bagi baru cara dua duga harga hingga jalan jumlah kasus kata kecerdasanbuatan ketua korban laku lalu
  masih minta nasional negara orang rp saat sebagai siap soal subianto tahun tak telah tetap tidak uang ungkap
3.5: 2 3 6 agustus amerika atas atau bangun bank bantu banyak barat belum besar buka capai daerah dapat dorong dpr
  dukung dunia ekonomi guna hadir hasil ikut itu jawa juga juta kait kembali kepada kini kota kpk kuat lebih luncur
  mantan masyarakat merdeka mulai naik negeri nilai nyata oleh pasar pasti perkuat persen pertama polisi program pt
  purbaya resmi sama sampai satu selatan serikat sumatera tegas temukan tengah terhadap tewas tim timur tingkat turun
  umum usai wakil warga wilayah
4.0: 1 10 12 2027 4 5 7 81 aceh air akhir akibat aktivitas alami baca badan bahas bahwa baik bakar bencana beri bisa
  bmkg buat bukan calon catat china daftar dagang dampak dana dasar data diri emas empat energi gelar gempa global
  gubernur hanya harus hukum ia idulfitri ingat istana jaga jam jawab jelang jual juli jumat kabupaten kamis karena
  kelas kelola kembang kepala kerja komisi korupsi lama langsung lanjut lapor laut layan lewat lintas listrik lokasi m
  makin masuk mbg merah mereka miliar milik mobil motor mpr nusa pekan pendidikan per periksa perusahaan piala pidato
  polda proses provinsi pusat putih putus rabu rencana ribu rumah sadewa salah sekolah sekretaris senjata sidang simak
  siswa sorot sudah tahan tangan tangkap tantang target tekan teknologi tenggara terima tersangka terus tiga tinggi
  tni triliun tumbuh ulangtahun utama utara video yudhi
4.5: 11 14 17 18 20 30 9 agama agar ahmad ajar aju akses aksi al alasan aman ambil anak ancam andi anggaran anggota
  antara apa apresiasi asal asia aturan awal bagai bakal bandung banjir barang basis bawa bentuk berita bgn biaya
  bogor bos buah bulan bumn bunuh butuh cari cepat com cuaca danantara datang daya depan desa digital direktur dolar
  dpd eropa evakuasi fokus gabung gagal galaxi ganti gedung gerak gim guncang hadap haji hakim hal halaman harap heli
  hidup hilang hubung i ihsg ii industri informasi internasional internet investasi iran isu jadwal jangan jaya jelas
  jenderal jepang juara juni kalimantan kantor kapal karhutla kawasan keamanan kebijakan kejagung keluarga kena kenal
  keras kerjasama kesehatan khusus kondisi koordinasi koordinator kunci kuota kurikulum lagi lain langkah latih lemah
  level lima luar luas manfaat maret mau mediasosial meski metro militer miras model mudah muhammad mungkin nama namun
  narkoba olahraga operasi pagi pakai pangan panjang pekerja pelatih peluang pemain penting penumpang perempuan
  pertandingan pesawat picu pihak pilih pimpin polri ponsel potensi prediksi pria profil pukul pulau punya raja rakyat
  rapat rasa raya rektorat respons revisi riset rugi rupa rupiah sabtu saham saksi salur samsung sang sebab sekitar
  sektor selamat selasa selidik seluruh senin serah serang serta suara surat swasta t tambah tampil tani tata temu
  termasuk tiap tindak tito transportasi trump tugas tuju tunjuk tutup ubah umkm universitas usaha usul usut waktu
  waspada wib yaqut yogyakarta
5.0: 1000 13 15 200 2024 24 25 26 50 7d7 a agung ahli aktivis aku amran andri angkat angkut apbn api arah arus aset
  asing atr babak bagaimana bahlil bali balik bandang banding bangkit bantah batas bawah bbm bea beda beli benar
  bendera berapa bersih besok bicara bidang bikin bintang bisnis bnpb bocor bongkar budi bukti bupati bursa buru cegah
  cek cerita cetak challeng cholil cukai dakwa dedi demi dewan dia dinas dokter edar edisi efisiensi ekosistem
  ekshumasi ekspor enam festival fitur foto gaji garuda giat gojek googl goto grup gunung guru gus hadi hadiah hafal
  hak hampir hujan hutan ileg imbau inflasi ingin inisial investor ips isi israel istri izin jabat jaksa jalin jatuh
  jauh jenazah jiwa john kalah kali karnavian kaya kejut keluar kerah kerap ketat ketika kinerja kira kirim kisah kita
  klaim kolaborasi kolombia kopdes koperasi kubah kunjung kurang kurs laba lahan laksana landa lawan layar lembaga
  lengkap libur liga lindung lingkungan live lokal longsor luka magnitudo maharani malam malaysia mampu masa masalah
  mata mati mei msci muda musim muzani nadiem nanti pabrik padam padat pajak pakar paksa pamer panas pantau papua para
  parlemen pasok pbnu pegawai pemuda pendapat penduduk penuh peran perang perkara perlu pertahanan pertamina positif
  prakira pramono prasetyo prioritas produk produksi proyek puan publik pulih putar putri qoumas raih rampung rapbn
  ratus reformasi rekayasa rintis risiko ruang rusak ruu saing saja salat sambut sangat sedang sedia segera sejahtera
  sejak sejarah sekaligus selat selesai sementara sempat semua seperti seri sero seru sesuai sidik sistem sita solusi
  sosial staf stasiun status strategis sulaiman sulawesi sulit sumber susul sutrimo tahu tambang tanggap tanpa tapi
  tarif tarik tbk tembus tempat tentang tentu terap tetapi the tiba tiktok tinggal tinjau titik tokopedia tol tolak
  ton total transfer tren triwulan tujuh turut ucap uji undang unit untung upaya venezuela viral vs wartawan wisata
  yayasan yunus z zona
5.5: 0 100 16 1d3 2029 21 28 2d4 500 7d4 80 absen acara ad adalah adriansyah agen agenda airlangga ajak alex alih alir
  alquran and andal aniaya antar anung anwar aplikasi area artikel asean asn aspirasi atur awas bab bahan bahari
  bahasa balai bambang bandara bangsa banten bareskrim batal bayar bebas beber begini bei belanja berangkat beras
  berat berhenti berkat bidik bijak bni bnn boleh bps bromo budaya bumi buruk cabut celaka center cerah cerdas cinta
  coba contoh cukup cuma curi damai damayanti damkar dapur debut definitif defisit dekat delapan depok desak destri
  dini diskon distribusi ditjen dominasi donald dprd duka dukcapil e eksekutif ekstrem el era fakta fasilitas febri
  final fintech fiskal flore fold ganda gandeng ganggu gaza geledah gelombang gembong gemini generasi gibran gol gram
  gratis group h hangus hartarto hasan hati hektare hemat hendak henti hias hijau hilirisasi hitung hormat hormuz
  hotel hybrid ibu id identitas iii imbas imigrasi indeks infrastruktur inggris inovasi insiden integrasi iphon iring
  jajar jalur jamin janji jaringan jembatan jenis jerat jika juang kabinet kadar kai kamboja kami kampung kamu kapolri
  karakter karier karya kasih kecam kecamatan kejar kelompok kelurahan kemitraan kemudi kenapa kendala kendali kendara
  kendaraan kg kian klub komitmen komoditas kompak kompleks komunikasi konflik konsumen konsumsi konten kontrak korea
  koreksi kredit kripto krisis kualitas kuasa kumpul lagu lahadalia lahir lalin langgar lantik lari latar layak lepas
  libat lihat listyo lolos lomba lps lrt macet mahasiswa main maju makan makarim makassar maksimal mana mandiri
  manggarai manusia masjid mayoritas media megawati memang menang mencuat mesin meta milan minat minum minyak modal
  mohon momen mula muncul mundur murah musik muslim nasabah nggak niaga nikah nikmat nino nista nomor nvidia ojk olah
  open organisasi pacar paket paling pandu panggil pangkas panglima partai pasang pasukan patra pbb pdip pecat pejabat
  pelabuhan pengadilan pengalaman pengamat percaya perhatian peringkat periode peristiwa pernah personel pertalite
  pesan peserta petani pidana pinang platform poin politik polres pondok posisi pppk pribadi pro project promosi psg
  puji pulang pun puncak pura putra quran ragam rampok rancang rawan rebut rendah reshuffl rokok rosan rumahsakit sabu
  sampah sar sd sdm sdn selenggara selundup semeru semester sendiri sepakbola septemb serap seret sering serius siapa
  siber sigit sikap silaturahmi simpan sinergi singapura singgung singkat sini skema skuad sma soekarnoputri
  spesifikasi sppg strategi streaming suami suasana subsidi swasembada tabrak tahap talenta taman tampak tanah tanda
  tangerang tanggung tawar tegak tegang tema teman tenagakerja tentara tepat terbang terlibat ternak test thailand
  timpa tkd tnbts tonton tppu transaksi transformasi transjakarta tsunami tunggal tunggu udara ugm ulang unjukrasa
  update urus usia via wajib washington wisatawan wna xi yakin zulhas zulkifli
6.0: 2000 2020 2023 23 35 40 5g 60 70 abdul abdurrahman abraham ac administrasi adu afrika agraria agus aktif aktris
  akun alat alias alokasi ambulan an anda anggap angka annisa antam anti antoni appl arab asap atlet australia ayah
  ayam b bahkan bajo balas banyumas bareng batang baterai bayi belakang benah bensin biasa bina birokrasi bpk bpn brin
  buang buku bulog bunga buntut bus bwf c cabang cair canggih cantik chromebook cipta citra cuan cup daging dahsyat
  damping daop darat darurat dasco daulat dea dengar deret desain desemb deteksi diam digenjot digitalisasi diplomasi
  dividen doa domestik dominan dr drone dudi dwi ekonom ekor emiten erick evaluasi farhan fase fc fenomena ferri film
  fit forensik fungsi gak gambar gantung gas gaya gerebek geser gigi giias gizi gw habis hantam hatta hidayat himpun
  hoaks hoc ibadah iklan iklim impor in index indikasi indosat induk inklusi instansi intai inter islam iso istiql
  italia jampidsus januari jasa jasad jet jokowi judi juru justru kabur kaji kala kalender kamera kamil kapan
  kapasitas kategori kawal kebut kecil kelapa keliling kemarau kemarin kereta kering kibar kilogram klinik km kmp
  komnas konfirmasi konser kontribusi kopi kosong kritik kronologi labuan lampau lampung lancar langgan lantai
  lapangan laptop larang limpah lincoln lipat lirik literasi logam lombok lompat lpg maaf makam manag manajemen mazaki
  medan medis mendadak menit meriah meter mewah miner miskin mitra mk modus momentum mulia muti nagekeo nekat nikel
  normal normalisasi of ojol on one operasional opsi optimal optimistis pak pakistan pandang pantai papar paruh pasca
  pascabencana pascagempa paskibraka pdb pemilu pengangguran pengaruh pensiun penyanyi performa perintah permanen peta
  pilot pinjam pintar pnm polkam populer potong praperadilan prestasi produktif profesional promo proper proyeksi pu
  puluh pupuk purwagandhi pusatdata ragu raka raksasa ramai rampas rangka rangkaian rawat realisasi region rekam
  remaja resers riau ridwan rinci rizki roket ruas rudal rujuk rusia rute saiful sakit sana sapa sasar satgas saudi
  sawit saya sby sebar seleksi semangat sembako seniman senior sepakat sepeda seragam seribu sertifikasi sesi setuju
  siaga siar sifat signifikan sinyal sisi skor smp soekarno sopir sound spanyol stabilitas standar struktur stunting
  sudaryono sufmi sukses sultan sungai super suporter surabaya surah survei surya susun syarat taiwan tajam
  tandatangan tangga tanggal tanya tayang teheran telur telusuri tembak tenaga tenang tengger terang terbit terjemah
  teror tertib thohir tidakpasti tiket timah timbang timbul tipu tokyo transparan transparansi travel truk tua tuan
  tukar tunda tuntas tuntut turki turnamen ujung ulama undur unggah unggul up upacara uss v verifikasi versi vietnam
  walikota waris warna whatsapp wita wni wujud x xiaomi yakni yasmin
6.5: 111 19 1d5 20000 2028 27 300 3000 31 33 400 44 5d29 622 67 abk adil aff agam ahy ajang akta alam alternatif
  alumni analisis ancol andai angin antisipasi apakah aparat arti asas asosiasi asuh asuransi awak award bahagia
  bahaya bamsoet band bandar bangga bangka barcelona barel bayang bedah bek belanda belitung bengkulu berani berantas
  berkas biar bilang bingkai bjb bkpm bola bpbd bpjs brand bri butir cadangan cakup cedera cermat cermin chief cicil
  cilinc co cocok commut congor copot curhat dapil darah denni denpasar departemen desil detail detik didik dinamika
  disiplin djp dna dodi dokumen dongkrak dpp drama duduk duel dulu duta efek efektif f faisal filipina finansial fisik
  fraksi gade gagas gegara gejolak gen gendut geopolitik gitar gladi go golkar gotong gratifikasi gudang gugat hamil
  hanggodo hapus hewan hilir hindar houthi huni ikan ikat imbang implementasi incar indah india insentif inspirasi
  institut integritas internal item ix janggal jangka jangkau jarak jati jebak jejak judol jurus kabut kaget kaki kaku
  kalau kandang kandung karbon kebun keluh ketamin kh khas khawatir king klarifikasi koalisi komersi kompetisi
  komunitas konektivitas konsep konstruksi kotamobagu kreasi kreatif kritis krl ktt kuans kuliner laju lambat langit
  lansia lantaran ledak lestari liar limbah logistik magang mahkamahagung makna maksud malang malu maman manchest
  manipulasi markas mase massa matahari matang materi maumer maut mbay mc me mediasi mekaar mekanism mental merek
  migran mobilitas modern molinas motif motogp mr muara muka mukim mv najamudin nasib nato negosiasi nota novemb
  nyaman obat ojek omzet onsu optimism otomatis otoritas pacu padang paham palestina palsu pan pandeglang panggung
  panjat pantas parah pasal pasien pdi peduli pegadaian pegang pelatnas penjara penyakit perangkat pergi perjanjian
  perkosa peroleh persib perum pesantren pesisir pfii pikir pindah pisah pks pln pmk pohon pol pola polemik polresta
  pontianak populasi posko potret pp praktik praktis pramuka pratikno priok prof progr protes pungut pusaka puskesmas
  r rakabum ramah rantai rehabilitasi rekomendasi rekor relevan renovasi reruntuhan review revitalisasi reza ringan
  roeslani royong rsud ruben rudi rumus rutin s sah saji sanksi santoso sarana sarwendah sawah sederhana sedikit
  segini sehat sekarang selalu selisih semarak semarang semifinal senang senayan seni sentuh serbu setor sewa siang
  sikka sipil situasion soesatyo solo sore spesial spesialis srikandi stabil suap suku supratman surut syariah tabung
  tanam tanggulang tangsel tanjung tarung tebe teddi tekad teknis teks telkom tempur terdakwa terjun terminal tetangga
  to toko tokoh topang tpl tps tradisi tubuh tuding tuduh tukang tulis ui ukur ultra umar umrah unik utang vape volume
  vonis wacana warganegara wibowo yoy yusuf
7.0: 10000 121 1d13 2045 22 250 3395 36 360 38 39 45 63 65 6d5 76 890 90 97 98 abdi aborsi adhi agtas akar aktor
  akuntabilitas akurat ali alkohol almarhum ambruk amplop amuk anagata analis andr antusias apbd arief armada arsenal
  asila asli aston asumsi atraksi auto bachtiar baju bak bakti baku balap balistik banjarmasin bantul basuki batam
  batu batubara baznas beasiswa beban beijing bekal bela benda bentang bibit bigmo billar biro bocah bojonegoro borong
  botol bp break brimob burhanuddin burung by cabul camat campur cerai chelsea chord cikarang cimahi cip ciputat cita
  ckg cristiano cto cukur curiga datar deklarasi demokrasi demokrat demutualisasi denda deputi deras destinasi devisa
  dhuha diaspora direksi disabilitas diskominfo doktif dosen dp drag driver dsi duit duren eddi efisien ekspansi
  ekspedisi elit emisi end enggan facebook faktor fakultas federasi fifa finalisasi for forc forum fund fundament
  gaikindo gajah gara garap garis geger gejala gelandang genjot geram gerindra green gulir halal hancur hangat harimau
  hebat heboh hibur hina ho husein ilmu indik injourney inklusif instruksi instrumen intimidasi iqbal irjen irlandia
  istimewa iv jabodebek jabodetabek jahat jambi jarang jemaah jibaku joget joko jumbo jurangmangu k ka kader kakek
  kalangan kamar kanal kantong karang kartu kedok kemas kemudian kenang khamenei khidmat khofifah kilomet kim kkp
  komando komisaris kompetensi konservasi konsisten konsolidasi korp kreator kriteria kubu kukar kukuh kuliah kur
  kursi laboratorium laman lapas lapis layang lee lekat lembar lena link lionel lisa lodewyk loyalis lulus mabuk
  madiun madrid maisa majelis makmur malah marah marak massal mataram melejit mentah merata messi mikro mind minimal
  mitigasi modifikasi mogok muhammadiyah mui muktamar mutilasi nahdlatul nasaruddin nasionalism nelayan net netanyahu
  nur nyaris nyawa odgj off oknum oktob ormas otak otomotif otorita p p2mi padel padi padu palembang pancasila panik
  panitia paripurna parkir partisipasi pasifik pasir patok patroli patuh patut pecah pekanbaru pelindo pelosok
  pengacara penonton perlinsos persija pesat peti phk pintu pkb plastik plt plts pmi pn polsek ponorogo ppn pramusim
  prancis presisi probolinggo produktivitas produsen properti publikasi pulp pulsa purn pusung putin race racun raffi
  rahasia rata reda rekan rekonstruksi rekrut richard roda ronaldo rosiad rt runtuh rw sadar sadikin saepul sahabat
  said sains salahguna sampel sandang santosa sapi saran sari sarjana sastranegara satpol sayang se seberang sekali
  sekap seksual selingkuh sembilan sembunyi sengketa sensus sentimen senyum servic setara shope show simbol sindikat
  singkir sisa situasi sjafri sjamsoeddin smk solid sponsor sri srt standard stimulus stok stres studi suatu sudin
  suhu sulap sumur sun susu takut tamu tangguh tano taruna tegur tenis terjang terpencil tertemp tes tidur tifa
  tindaklanjuti tipikor tipis tolong topan tradisional tran transformatif transisi transj transmigrasi tuai tunjang
  u16 ufc ukraina unhas usung utuh velodrom veteran vii villa visa vladimir vokasi vote wagub wahid wakaf wall wenang
  wijaya yaitu yaman you young youtub yuddi zahid
"""

_STOP = """
di ke dari dan yang untuk dengan pada dalam itu ini adalah oleh para sebagai akan juga atau the of in and a an for to on
at by with is are from as or about its it be this that ada jadi saat usai tak tidak bisa telah sudah lagi bagi ia dia
kata sebut ungkap soal hingga lebih antara kami kita mereka karena agar jika bila saja hanya masih namun tapi tetapi
serta maupun seperti secara sangat punya laku buat beri video foto infografis simak ikut berikut begini cek cara apa
siapa kapan berapa mana kenapa mengapa bagaimana bakal mau buka suara respons tanggap nyata tegas jelas ujar tutur papar sampai kabar
berita kait tentang has have was were will who what why how after over into says said
"""

STOP_WORDS = frozenset(_STOP.split())
"""Words that say nothing about which event is reported: grammar, and the verbs with which news introduces speech."""


def weight(word: str) -> float:
    """How much the word tells: 0 for a stop word, about 1 to 7.5 for a listed word, RARE for any other."""
    return weights().get(word, RARE)


@lru_cache(maxsize=1)
def weights() -> dict[str, float]:
    """The weights of all listed words; any other is RARE. Not to be changed."""
    table: dict[str, float] = {}
    value = 0.0
    for word in _TABLE.split():
        if word.endswith(":"):
            value = float(word[:-1])
        else:
            table[word] = value
    return table | dict.fromkeys(STOP_WORDS, 0.0)
